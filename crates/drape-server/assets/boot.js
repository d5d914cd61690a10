// Runs before the first paint, so that nothing jumps when the scripts of the page come.
document.documentElement.classList.add("js");
