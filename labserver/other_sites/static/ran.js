// A script from another site. It does nothing but say that it ran.
(window.ran ??= {})["remote"] = true;
