"""Solutions of 02: read a Set-Cookie line, and decide whether a session is live."""

Attributes = dict[str, str | bool]
Cookie = tuple[str, str, Attributes]
Session = dict[str, int]


def read_set_cookie(line: str) -> Cookie:
    """Divide at every `;`, then each part at its first `=`."""
    first, *rest = (part.strip() for part in line.split(";"))
    name, _, value = first.partition("=")
    attributes: Attributes = {}
    for part in rest:
        key, equals, text = part.partition("=")
        attributes[key.lower()] = text if equals else True
    return name, value, attributes


def is_live(session: Session, now: int, idle: int, absolute: int) -> bool:
    """Hold both limits; each one counts from its own time."""
    return now - session["last_used"] < idle and now - session["created"] < absolute


solution = {"02-read-set-cookie": read_set_cookie, "02-is-live": is_live}


# --- well-known mistakes ---


def keeps_no_attributes(line: str) -> Cookie:
    name, value, _ = read_set_cookie(line)
    return name, value, {}


def gives_flags_an_empty_text(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line)
    return name, value, {key: "" if text is True else text for key, text in attributes.items()}


def expects_every_part_to_have_a_value(line: str) -> Cookie:
    first, *rest = (part.strip() for part in line.split(";"))
    attributes: Attributes = {}
    for part in rest:
        key, text = part.split("=", 1)
        attributes[key.lower()] = text
    name, _, value = first.partition("=")
    return name, value, attributes


def keeps_the_case(line: str) -> Cookie:
    first, *rest = (part.strip() for part in line.split(";"))
    name, _, value = first.partition("=")
    attributes: Attributes = {}
    for part in rest:
        key, equals, text = part.partition("=")
        attributes[key] = text if equals else True
    return name, value, attributes


def lowers_everything(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line)
    return name.lower(), value, attributes


def divides_at_every_equals_sign(line: str) -> Cookie:
    name, value, attributes = read_set_cookie(line)
    return name, value.split("=")[0], attributes


def wants_a_blank(line: str) -> Cookie:
    first, *rest = line.split("; ")
    name, _, value = first.partition("=")
    attributes: Attributes = {}
    for part in rest:
        key, equals, text = part.partition("=")
        attributes[key.lower()] = text if equals else True
    return name, value, attributes


def divides_at_the_comma(line: str) -> Cookie:
    return read_set_cookie(line.split(",")[0])


def keeps_the_first(line: str) -> Cookie:
    name, value, _ = read_set_cookie(line)
    parts = line.split(";")
    return name, value, read_set_cookie(";".join([parts[0], *reversed(parts[1:])]))[2]


def lets_the_limit_itself_pass(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] <= idle and now - session["created"] <= absolute


def stops_a_second_early(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle - 1 and now - session["created"] < absolute


def ends_a_second_early(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle and now - session["created"] < absolute - 1


def knows_the_idle_limit_only(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle


def knows_the_absolute_limit_only(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["created"] < absolute


def counts_idle_from_the_login(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["created"] < min(idle, absolute)


def takes_either_limit(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < idle or now - session["created"] < absolute


def knows_one_house_only(session: Session, now: int, idle: int, absolute: int) -> bool:
    return now - session["last_used"] < 30 * 60 and now - session["created"] < 12 * 3600


def touches_the_session(session: Session, now: int, idle: int, absolute: int) -> bool:
    live = is_live(session, now, idle, absolute)
    session["last_used"] = now
    return live


def counts_what_is_left(session: Session, now: int, idle: int, absolute: int) -> int:
    return max(0, min(session["last_used"] + idle, session["created"] + absolute) - now)


wrong = {
    "02-read-set-cookie": [
        (keeps_no_attributes, "tells the browser what to do"),
        (gives_flags_an_empty_text, "being there is the whole message"),
        (expects_every_part_to_have_a_value, "being there is the whole message"),
        (keeps_the_case, "a search for one must find the other"),
        (lowers_everything, "keeps its case"),
        (divides_at_every_equals_sign, "only the first one divides"),
        (wants_a_blank, "a habit, not a rule"),
        (divides_at_the_comma, "a date long past"),
        (keeps_the_first, "the last one counts"),
    ],
    "02-is-live": [
        (stops_a_second_early, "One second before the idle limit"),
        (lets_the_limit_itself_pass, "The limit itself is already too late"),
        (knows_the_absolute_limit_only, "The limit itself is already too late"),
        (takes_either_limit, "The limit itself is already too late"),
        (counts_idle_from_the_login, "counts from the last use"),
        (ends_a_second_early, "One second before the absolute limit"),
        (knows_the_idle_limit_only, "a thief keeps a session for ever"),
        (knows_one_house_only, "The limits are handed in"),
        (touches_the_session, "the arguments were changed"),
        (counts_what_is_left, "which is an int"),
    ],
}
