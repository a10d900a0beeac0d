// Pages work without this file. It counts words while one types, tells of a file that is too large before it is sent, sends
// a form once, takes a person who made a mistake to the summary of what is wrong, and asks anew for pages that a browser kept
// in memory and should not show.
"use strict";

(() => {
  const summary = document.querySelector(".error-summary");
  if (summary) {
    summary.focus();
  }

  // The same count as on the server: runs of characters between white space.
  const words = (text) => text.split(/\s+/u).filter((word) => word !== "").length;

  for (const count of document.querySelectorAll("[data-count-for]")) {
    const control = document.getElementById(count.dataset.countFor);
    const most = Number(count.dataset.most);
    if (!control || !most) {
      continue;
    }
    const say = () => {
      const left = most - words(control.value);
      const plural = Math.abs(left) === 1 ? "word" : "words";
      count.textContent = left >= 0 ? `${left} ${plural} left of ${most}` : `${-left} ${plural} too many; up to ${most}`;
      count.classList.toggle("over", left < 0);
    };
    // A screen reader should not hear each key: it is told when the typing pauses.
    let waiting = 0;
    control.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(say, 400);
    });
    if (control.value !== "") {
      say();
    }
  }

  // Over a slow connection it would take minutes to be told by the server.
  for (const control of document.querySelectorAll("input[type=file][data-most]")) {
    control.addEventListener("change", () => {
      const tooLarge = [...control.files].some((file) => file.size > Number(control.dataset.most));
      control.setCustomValidity(tooLarge ? control.dataset.tooLarge : "");
      control.reportValidity();
    });
  }

  // A second press would send the form twice. The server takes that well; a person may not.
  for (const form of document.querySelectorAll("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) {
        event.preventDefault();
        return;
      }
      form.dataset.sent = "yes";
    });
  }
  // Some browsers keep a page in memory when it is left, whatever it says about being kept, and show it again as it was.
  // What may have been taken back meanwhile is emptied before, and asked for anew.
  if (document.body.classList.contains("fresh")) {
    window.addEventListener("pagehide", () => {
      document.body.hidden = true;
    });
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) {
        location.reload();
      }
    });
  }

  // Coming back by the back button may show the page as it was left.
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-once]")) {
      delete form.dataset.sent;
    }
  });

  // What is marked in an answer is offered to be struck out.
  const takes = document.querySelectorAll("input[data-selected-in]");
  if (takes.length > 0) {
    document.addEventListener("selectionchange", () => {
      const marked = document.getSelection();
      const text = marked === null ? "" : marked.toString().trim();
      if (text === "" || text.length > 500) {
        return;
      }
      const inside = (node) => node !== null && (node.nodeType === 1 ? node : node.parentElement);
      const from = inside(marked.anchorNode);
      const to = inside(marked.focusNode);
      const answer = from && from.closest(".prepared .answer:not([data-packet])");
      if (answer && to && to.closest(".answer") === answer) {
        answer.closest(".prepared").querySelector("input[data-selected-in]").value = text;
      }
    });
  }

  // What was typed and not saved would be lost without a word.
  for (const form of document.querySelectorAll("form[data-once]")) {
    if (!form.querySelector("textarea")) {
      continue;
    }
    let changed = false;
    form.addEventListener("input", () => {
      changed = true;
    });
    form.addEventListener("submit", () => {
      changed = false;
    });
    window.addEventListener("beforeunload", (event) => {
      if (changed) {
        event.preventDefault();
      }
    });
  }
})();
