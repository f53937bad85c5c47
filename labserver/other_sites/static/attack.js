// The form is sent as soon as the page is open. Nobody has to click.
"use strict";

document.querySelector("form").submit();
