// Elements made of parts. Strings become text nodes, so nothing from outside is ever read as markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element. `onclick` and the like are listeners; an attribute or child that is null or false is left out. */
export function h(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/** Puts these children in place of those that are there. */
export function fill(element, ...children) {
  element.replaceChildren(...present(children));
  return element;
}

/** Sets a text only if it differs: a node that stays is not news for a screen reader. */
export function write(element, text) {
  const wanted = text ?? "";
  if (element.textContent !== String(wanted)) element.textContent = wanted;
  return element;
}

export function hide(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...present(children));
  return element;
}

function present(children) {
  return children.flat(3).filter((child) => child !== null && child !== undefined && child !== false);
}
