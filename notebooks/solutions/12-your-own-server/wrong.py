"""Servers that are wrong in one way: the model server with one change each, and the message that this gets.

Each entry is (what a learner may have thought, the step that finds it, {old text: new text}, the message).
"""

NEW_ID = "session_id, csrf_token = secrets.token_urlsafe(32), secrets.token_urlsafe(32)"
END_EARLIER = '"DELETE FROM sessions WHERE id = ?", digest(request.cookies.get("sid", ""))'
DECODE = "jwt.decode_complete(token, key, [ALGORITHM], CLAIMS, audience=AUDIENCE, issuer=ISSUER)"
DENY = "SELECT jti, expires FROM issued WHERE family = ?"

WRONG: list[tuple[str, str, dict[str, str], str]] = [
    (
        "keeps the id that the browser has",
        "12-login",
        {
            NEW_ID: "session_id = request.cookies.get('sid') or secrets.token_urlsafe(32)\n"
            "        csrf_token = secrets.token_urlsafe(32)"
        },
        "The attacker chose the id",
    ),
    (
        "counts the ids",
        "12-login",
        {
            NEW_ID: "csrf_token = secrets.token_urlsafe(32)\n"
            "        sql('INSERT INTO denied VALUES (?, ?)', csrf_token, now + 99999)\n"
            "        session_id = str(1000 + sql('SELECT count(*) FROM denied')[0])"
        },
        "Anybody with an account can be anybody else",
    ),
    (
        "leaves the session before the login alone",
        "12-login",
        {f"sql({END_EARLIER})": "pass"},
        "A copy of the earlier cookie stays good",
    ),
    (
        "ends all sessions of the user at a login",
        "12-login",
        {END_EARLIER: '"DELETE FROM sessions WHERE username = ?", username'},
        "leaves another browser's session alone",
    ),
    (
        "stores what it calls a digest, and is the id itself",
        "12-rest",
        {'return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()': "return text"},
        "with a text of the database",
    ),
    (
        "remembers the first password, to help the user",
        "12-rest",
        {"{name}@example.org": "{name}+{password}@example.org"},
        "here and on other sites",
    ),
    (
        "has no idle limit",
        "12-limits",
        {' or now >= session["used"] + IDLE_SECONDS': ""},
        "a forgotten browser is good for hours",
    ),
    (
        "moves the absolute limit with each request",
        "12-limits",
        {"sessions SET used = ? WHERE": "sessions SET expires = used + 43200, used = ? WHERE"},
        "sends the cookie often enough is never logged out",
    ),
    (
        "counts the idle time from the login",
        "12-limits",
        {'sql("UPDATE sessions SET used = ? WHERE id = ?", now, key)': "pass"},
        "A session that is used every 25 minutes",
    ),
    (
        "looks for the id at the logout, where the rows have its hash",
        "12-rest",
        {
            'sql("DELETE FROM sessions WHERE id = ?", digest(request.cookies["sid"]))': ""
            'sql("DELETE FROM sessions WHERE id = ?", request.cookies["sid"])',
        },
        "a copy of the cookie still gets in after the logout",
    ),
    (
        "does not look at the origin",
        "12-origin",
        {"if change:\n            check_origin()": "if False:\n            check_origin()"},
        "One leaked CSRF token",
    ),
    (
        "compares the beginning of the origin",
        "12-origin",
        {
            'origin not in (None, request.host_url.rstrip("/"))': "not (origin or 'http://127.0.0.1')"
            ".startswith('http://127.0.0.1')"
        },
        "with Origin: another port",
    ),
    (
        "looks at Origin alone",
        "12-origin",
        {'site not in ("none", "same-origin") or ': ""},
        "The browser said that another site's page asks",
    ),
    (
        "refuses everybody who sends no Origin",
        "12-origin",
        {"origin not in (None, request": "origin not in ('-', request"},
        "programs that are no browsers",
    ),
    (
        "takes any session's CSRF token",
        "12-origin",
        {"if change and not secrets.compare_digest": "if change and not sent and not secrets.compare_digest"},
        "needs the CSRF token of that session",
    ),
    (
        "does not verify the signature",
        "12-token",
        {"key, [ALGORITHM], CLAIMS, audience": 'key, [ALGORITHM], {"verify_signature": False}, audience'},
        "changed_byte",
    ),
    (
        "lets the token choose the algorithm",
        "12-token",
        {
            f"whole = {DECODE}": "unsigned = jwt.get_unverified_header(token)['alg'].lower() == 'none'\n"
            "            free = {**CLAIMS, 'verify_signature': not unsigned}\n"
            f"            whole = {DECODE.replace('CLAIMS', 'free')}"
        },
        "Anybody can write a token in any name",
    ),
    (
        "signs with a word",
        "12-token",
        {"Flask(__name__), secrets.token_bytes(32)": "Flask(__name__), b'your-256-bit-secret'"},
        "the key is a word",
    ),
    (
        "does not check the audience",
        "12-token",
        {"CLAIMS, audience=AUDIENCE, issuer": "{**CLAIMS, 'verify_aud': False}, issuer"},
        "Every service that gets the user's tokens",
    ),
    (
        "does not check the issuer",
        "12-token",
        {"audience=AUDIENCE, issuer=ISSUER": "audience=AUDIENCE"},
        "A token that another issuer answers for",
    ),
    (
        "does not check when the token ends",
        "12-token",
        {"[ALGORITHM], CLAIMS, audience": "[ALGORITHM], {**CLAIMS, 'verify_exp': False}, audience"},
        "A stolen token is good for ever",
    ),
    (
        "takes the token in any spelling",
        "12-token",
        {"not is_canonical(token) or ": ""},
        "One token has several texts",
    ),
    (
        "does not look at typ",
        "12-token",
        {' or whole["header"].get("typ") != TYPE': ""},
        "Whatever else this key signs",
    ),
    (
        "gives the same refresh token back",
        "12-refresh",
        {"fresh = f\"{old.partition('.')[0]}.{secrets.token_urlsafe(32)}\"": "fresh = old"},
        "a refresh token came twice",
    ),
    (
        "refuses a used token, and leaves the family alone",
        "12-refresh",
        {
            "            end_family(family)\n            row = None": "            row = None",
        },
        "the thief goes on refreshing",
    ),
    (
        "stores the refresh tokens as they are",
        "12-refresh",
        {
            "row = digest(family), username, digest": "sql('CREATE TABLE IF NOT EXISTS log (token)')\n"
            "        sql('INSERT INTO log VALUES (?)', refresh_token)\n"
            "        row = digest(family), username, digest"
        },
        "gets access tokens for two weeks",
    ),
    (
        "moves the family's end with each refresh",
        "12-refresh",
        {"families SET token = ? WHERE": "families SET expires = expires + 1e6, token = ? WHERE"},
        "still renewed on day 18",
    ),
    (
        "looks at the family's name alone",
        "12-refresh",
        {'row["token"] != digest(token) or ': "", ' AND token = ?"': ' AND ? != 0"'},
        "made_up_refresh",
    ),
    (
        "ends nothing at a logout with a token",
        "12-refresh",
        {'end_family(check_family(*read("refresh_token"))[0])': 'check_family(*read("refresh_token"))'},
        "A logout ends the refresh token of this device",
    ),
    (
        "has no denylist",
        "12-denylist",
        {'if sql("SELECT jti FROM denied WHERE jti = ?", claims["jti"]):': "if False:"},
        "a copy of the access token opens the account",
    ),
    (
        "denies the newest access token only",
        "12-denylist",
        {DENY: f"{DENY} ORDER BY rowid DESC LIMIT 1"},
        "Only the newest access token was denied",
    ),
    (
        "denies all tokens of the user",
        "12-denylist",
        {DENY: "SELECT jti, expires FROM issued WHERE ? != ''"},
        "leaves the tokens of the other device alone",
    ),
    (
        "does not throttle",
        "12-throttle",
        {"        count_try(username)\n": ""},
        "never a 429",
    ),
    (
        "throttles the session login only",
        "12-throttle",
        {
            "        count_try(username)\n": "        if request.path == '/session/login':\n            "
            "count_try(username)\n"
        },
        "second_door",
    ),
    (
        "counts for all users together",
        "12-throttle",
        {"name, now = digest(username), time.time()": "name, now = '', time.time()"},
        "the others log in",
    ),
    (
        "locks the name for ever",
        "12-throttle",
        {'and now < tries["latest"] + WAIT_SECONDS:': "and True:"},
        "then the right password gets in",
    ),
    (
        "makes people wait after the second mistake",
        "12-throttle",
        {"FREE_TRIES, WAIT_SECONDS = 10, 60": "FREE_TRIES, WAIT_SECONDS = 2, 60"},
        "Three mistakes are free",
    ),
]
