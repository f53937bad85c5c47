"""The predictions of 09."""

from __future__ import annotations

from labserver.kit.exercises.prediction import Option, Prediction

PREDICTIONS = (
    Prediction(
        "09-default",
        "A cookie was set a moment ago, and says nothing about SameSite. Which requests from evil.localhost "
        "carry it?",
        Option(
            "as Lax",
            "The same as with Lax, which is the default.",
            misconception="The default is thought to be the same as the attribute.",
            answer="The form by POST carried it too: for two minutes Chromium's default is weaker than Lax.",
        ),
        Option("Lax and POST", "Those of Lax, and the form by POST as well."),
        Option(
            "all",
            "All of them: nothing holds it back.",
            misconception="A browser is thought to do what it always did.",
            answer="The image and the fetch carried nothing: no attribute does not mean no limit.",
        ),
        right="Lax and POST",
    ),
    Prediction(
        "09-restart",
        "Ada does not log out. She closes the browser, and opens it again the next morning. What is still "
        "there?",
        Option(
            "nothing",
            "Nothing: closing the browser logs her out.",
            misconception='"Session cookie" is read as a cookie that holds a session.',
            answer="A cookie without Max-Age goes with the browser. The shop's cookie has one, and stayed.",
        ),
        Option(
            "local storage",
            "What is in local storage, and nothing else.",
            misconception="Storage is thought to be on the disk, and cookies in memory.",
            answer="Both are on the disk. The cookie's Max-Age decides, and the shop's cookie has one.",
        ),
        Option("both", "What is in local storage, and the shop's own cookie."),
        right="both",
    ),
    Prediction(
        "09-memory",
        "The app keeps its tokens in a variable of its own module, in no storage. A stranger's script runs "
        "on the same page. What does the thief get?",
        Option("tokens", "The tokens, although no script can look into that variable."),
        Option(
            "ride only",
            "No token, but requests in Ada's name while the page is open.",
            misconception="A variable is taken for an HttpOnly cookie.",
            answer="The app must use its token, and used it through `fetch`, which the script had replaced.",
        ),
        Option(
            "nothing",
            "Nothing: modules cannot see each other's variables.",
            misconception="Hidden from reading is taken for hidden from use.",
            answer="The variable was never read. The token passed by in a call of `fetch`.",
        ),
        right="tokens",
    ),
    Prediction(
        "09-closed",
        "The script could not read the HttpOnly cookie, so it sent its requests from Ada's page. She closes "
        "the tab, without logging out. How long does the thief get on?",
        Option(
            "to the limit",
            "Until the session's own end, up to 12 hours.",
            misconception="A session that lives is taken for one that the thief can use.",
            answer="The session lived on, but nothing was left that could send its cookie for the thief.",
        ),
        Option("not at all", "Not one second more."),
        Option(
            "idle limit",
            "For 30 minutes, until the session is idle.",
            misconception="The idle limit is thought to decide whenever nobody logs out.",
            answer="It ends the session on the server. The thief had lost it before: with the page.",
        ),
        right="not at all",
    ),
    Prediction(
        "09-self",
        "A comment brings three scripts: one in the page itself, one from evil.localhost, one as a file that "
        "Mallory could leave on the shop's server. The page says script-src 'self'. Which one runs?",
        Option(
            "none",
            "None: 'self' lets the page's own scripts run only.",
            misconception="'self' is read as \"what we wrote\".",
            answer="It means our origin. The file stood there, so it ran.",
        ),
        Option(
            "inline",
            "The one in the page itself.",
            misconception="What stands in our page is thought to be of our origin.",
            answer="A policy with script-src forbids inline scripts, unless it says otherwise.",
        ),
        Option("own origin", "The file on the shop's own server."),
        right="own origin",
    ),
    Prediction(
        "09-simple",
        "This API lists no other origin. A script at app.localhost posts it a form with a token in it, and "
        "does not ask to read the answer. What happens?",
        Option("runs", "The request runs. The script cannot read the answer."),
        Option(
            "not sent",
            "The browser does not send it.",
            misconception="CORS is taken for a wall that keeps requests in.",
            answer="The server answered 200, and the refresh token was dead afterwards.",
        ),
        Option(
            "preflight refused",
            "The browser asks first (OPTIONS), and the API refuses.",
            misconception="Every request across origins is thought to be asked for first.",
            answer="The list of what was sent has a POST and no OPTIONS: a form is a simple request.",
        ),
        right="runs",
    ),
)
