// Runs before the first paint, so that a chosen theme does not flash. Only a look is kept here, never a secret.
(() => {
  let choice = "auto";
  try {
    choice = localStorage.getItem("sentra-theme") || "auto";
  } catch {
    // Storage may be blocked; the system's theme is used.
  }
  const dark =
    choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
