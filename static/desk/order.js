// Resources are dragged into order; without this, or by keyboard, the arrows beside them do it.
for (const list of document.querySelectorAll("[data-order]")) {
  let dragged = null;
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  const save = () => {
    const body = new URLSearchParams();
    for (const row of list.children) body.append("order", row.dataset.resource);
    fetch(list.dataset.order, { method: "POST", body, headers: { "X-CSRFToken": token, Accept: "application/json" } })
      .then((answer) => { if (!answer.ok) location.reload(); })
      .catch(() => location.reload());
  };
  for (const handle of list.querySelectorAll(".drag-handle")) {
    handle.hidden = false;
    handle.addEventListener("pointerdown", (event) => {
      dragged = handle.closest("li");
      handle.setPointerCapture(event.pointerId);
      dragged.classList.add("is-dragged");
      event.preventDefault();
    });
    handle.addEventListener("pointermove", (event) => {
      if (!dragged) return;
      const others = [...list.children].filter((row) => row !== dragged);
      const next = others.find((row) => { const box = row.getBoundingClientRect(); return event.clientY < box.top + box.height / 2; });
      list.insertBefore(dragged, next || null);
    });
    const end = () => {
      if (!dragged) return;
      dragged.classList.remove("is-dragged");
      dragged = null;
      save();
    };
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  }
}
