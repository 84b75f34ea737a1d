// The code may come with the address, after the #, which is sent to nobody: put into its field and out of the address.
"use strict";
const code = document.getElementById("code");
const brought = location.hash.slice(1);
if (code && brought) {
  code.value = brought;
  document.getElementById("code-part").className = "filled";
  history.replaceState(null, "", location.pathname);
  document.querySelector("form input:not(#code)").focus();
}
