// A list on the page kept as a list of items: what stays is not made anew, so focus and selection stay too.

const shown = new WeakMap();

/** `make` gives an item's element, `update` fills it; an element whose item is the very same is not touched. */
export function arrange(parent, items, { key, make, update }) {
  const wanted = new Set(items.map(key));
  for (const element of [...parent.children]) if (!wanted.has(element.dataset.key)) element.remove();
  const there = new Map([...parent.children].map((element) => [element.dataset.key, element]));
  let next = parent.firstElementChild;
  for (const item of items) {
    const element = there.get(key(item)) ?? made(item, key, make);
    if (shown.get(element) !== item) {
      shown.set(element, item);
      update(element, item);
    }
    if (element === next) next = next.nextElementSibling;
    else parent.insertBefore(element, next);
  }
}

function made(item, key, make) {
  const element = make(item);
  element.dataset.key = key(item);
  return element;
}
