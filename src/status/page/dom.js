/** Elements made and changed. What comes from the daemon is put in as text or as the value of an attribute, never as markup. */

const SVG = 'http://www.w3.org/2000/svg';

export function byId(id) {
  return document.getElementById(id);
}

/**
 * @param {string} name of an element of HTML
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children strings become text
 */
export function html(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/** The same of SVG. */
export function svg(name, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, name), attributes, children);
}

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Sets the text, and touches nothing when it is that already: so that a selection stays, and nothing is painted anew. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The same for an attribute; null takes it away. */
export function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** The sign of a link's state: a shape as well as a colour. Whoever uses it says the state in words beside it. */
export function mark(state) {
  const use = svg('use', { href: `#mark-${state}` });
  return svg('svg', { class: `mark ${state}`, 'aria-hidden': 'true', focusable: 'false' }, use);
}

export function setMark(element, state) {
  setAttribute(element, 'class', `mark ${state}`);
  setAttribute(element.firstChild, 'href', `#mark-${state}`);
}
