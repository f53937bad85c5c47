"""Solution of 04: how did it travel, and what does it mean?"""

Answer = tuple[str, str] | None


def carrier_and_kind(headers: dict[str, str]) -> Answer:
    """Ask the two questions one after the other: who carries it, then what it is."""
    named = {name.lower(): value for name, value in headers.items()}
    found = []
    for cookie in named.get("cookie", "").split(";"):
        name, _, value = cookie.strip().partition("=")
        if name == "grid":
            found.append(("cookie", value))
    scheme, _, value = named.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        found.append(("header", value))
    if len(found) > 1:
        raise ValueError("two credentials at once")
    for carrier, credential in found:
        return carrier, "jwt" if credential.count(".") == 2 else "opaque"
    return None


solution = {"04-carrier-and-kind": carrier_and_kind}


# --- well-known mistakes ---


def takes_the_carrier_for_the_kind(headers: dict[str, str]) -> Answer:
    found = carrier_and_kind(headers)
    return found and (found[0], "opaque" if found[0] == "cookie" else "jwt")


def knows_cookies_only(headers: dict[str, str]) -> Answer:
    return carrier_and_kind({"Cookie": headers.get("Cookie", "")})


def says_header_means_jwt(headers: dict[str, str]) -> Answer:
    found = carrier_and_kind(headers)
    return ("header", "jwt") if found and found[0] == "header" else found


def refuses_strangers(headers: dict[str, str]) -> Answer:
    if not headers:
        raise ValueError("who are you?")
    return carrier_and_kind(headers)


def expects_one_cookie(headers: dict[str, str]) -> Answer:
    line = headers.get("Cookie", "")
    return None if ";" in line else carrier_and_kind(headers)


def searches_the_whole_line(headers: dict[str, str]) -> Answer:
    line = headers.get("Cookie", "")
    return ("cookie", "opaque") if "grid=1" in line else carrier_and_kind(headers)


def wants_capitals(headers: dict[str, str]) -> Answer:
    kept = {name: value for name, value in headers.items() if name in ("Cookie", "Authorization")}
    return carrier_and_kind(kept)


def takes_any_scheme(headers: dict[str, str]) -> Answer:
    line = headers.get("Authorization", "")
    return ("header", "opaque") if line.startswith("Basic ") else carrier_and_kind(headers)


def takes_one_dot_for_a_jwt(headers: dict[str, str]) -> Answer:
    found = carrier_and_kind(headers)
    return found and (found[0], "jwt" if any("." in value for value in headers.values()) else found[1])


def goes_by_the_first_letters(headers: dict[str, str]) -> Answer:
    found = carrier_and_kind(headers)
    return found and (found[0], "jwt" if any("eyJ" in value for value in headers.values()) else found[1])


def prefers_the_cookie(headers: dict[str, str]) -> Answer:
    return carrier_and_kind({"Cookie": headers["Cookie"]} if "Cookie" in headers else headers)


wrong = {
    "04-carrier-and-kind": [
        (knows_cookies_only, "The classic token"),
        (takes_the_carrier_for_the_kind, "A cookie may carry a JWT"),
        (says_header_means_jwt, "A header may carry an opaque id"),
        (refuses_strangers, "Nobody in particular is asking"),
        (expects_one_cookie, "look for the one that is ours"),
        (searches_the_whole_line, "only the one named exactly `grid`"),
        (wants_capitals, "the same in upper and lower case"),
        (takes_any_scheme, "That is a password"),
        (takes_one_dot_for_a_jwt, "One dot does not make one"),
        (goes_by_the_first_letters, "three parts decide"),
        (prefers_the_cookie, "Two at once may name two people"),
    ],
}
