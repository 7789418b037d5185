// Shows how hard a new password is to guess: input[data-strength], and [data-levels], hidden, with a meter, a text, and
// the texts of its levels separated by "|". The server decides by its own rules.
(() => {
const input = document.querySelector("input[data-strength]");
const shown = document.querySelector("[data-levels]");
const levels = shown.dataset.levels.split("|");
const sets = [[/[a-z]/, 26], [/[A-Z]/, 26], [/[0-9]/, 10], [/[ -/:-@[-`{-~]/, 33], [/[^ -~]/, 100]];

// In bits. A character that continues the one before it (aaa, 123) adds one.
function strength(password) {
  const size = sets.reduce((sum, [set, count]) => (set.test(password) ? sum + count : sum), 1);
  let bits = 0;
  let before = NaN;
  for (const character of password) {
    const code = character.codePointAt(0);
    bits += Math.abs(code - before) <= 1 ? 1 : Math.log2(size);
    before = code;
  }
  return bits;
}

// Without what others know of the person.
function unknown(password) {
  const fields = input.form.querySelectorAll("[name=username],[name=name],[name=display_name]");
  const known = [...fields].flatMap((field) => field.value.toLowerCase().split(/[@.\s]+/));
  return known
    .filter((word) => word.length > 2)
    .reduce((left, word) => left.replaceAll(new RegExp(word.replace(/\W/g, "\\$&"), "gi"), ""), password);
}

input.addEventListener("input", () => {
  const bits = strength(unknown(input.value));
  const level = input.value.length < 8 || bits < 45 ? 0 : bits < 60 ? 1 : bits < 80 ? 2 : 3;
  shown.hidden = input.value === "";
  shown.querySelector("meter").value = level + 1;
  const text = shown.querySelector("span");
  if (text.textContent !== levels[level]) text.textContent = levels[level];
});
})();
