/** What anybody must find in a page: functions that run within it, and so use nothing of outside themselves. */
import type { Page } from 'puppeteer-core';

// biome-ignore lint/suspicious/noExplicitAny: types of the browser would be known to the whole program
declare const document: any;
// biome-ignore lint/suspicious/noExplicitAny: likewise
declare const window: any;

/** Texts with less contrast to what is behind them than 4.5, or 3 where they are large (WCAG 2.2, 1.4.3). */
export function lowContrast(): string[] {
  type Colour = [red: number, green: number, blue: number, alpha: number];
  const colour = (text: string): Colour => {
    const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return [red, green, blue, alpha];
  };
  const luminance = ([red, green, blue]: Colour): number => {
    const [r = 0, g = 0, b = 0] = [red, green, blue].map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, 4);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === '' || element.closest('script, style, title, noscript, .skip, .hidden') !== null) continue;
    if (element.getClientRects().length === 0) continue;
    const style = window.getComputedStyle(element);
    const isDrawn = element.closest('svg') !== null;
    // In the picture, texts stand on boxes.
    let ground = isDrawn ? colour(window.getComputedStyle(document.querySelector('.box')).fill) : null;
    for (let at = element; ground === null && at !== null; at = at.parentElement) {
      const behind = colour(window.getComputedStyle(at).backgroundColor);
      if (behind[3] > 0) ground = behind;
    }
    const front = colour(isDrawn ? style.fill : style.color);
    const [low = 0, high = 0] = [luminance(front), luminance(ground ?? [255, 255, 255, 1])].sort((a, b) => a - b);
    const ratio = (high + 0.05) / (low + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (isLarge ? 3 : 4.5)) found.push(`${text.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(found)];
}

/** Scrolling to the side, and what is cut off or has no name. */
export function layoutFaults(): string[] {
  const found: string[] = [];
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth} wide, the window ${clientWidth}`);
  for (const element of document.querySelectorAll('main *, header *')) {
    const { left, right, width } = element.getBoundingClientRect();
    if (width === 0 || element.closest('.scroll, thead, symbol') !== null) continue;
    if (left < -1 || right > clientWidth + 1) found.push(`${element.tagName} ${element.className} sticks out`);
  }
  for (const element of document.querySelectorAll('button, select, input, [role=img]:not([hidden])')) {
    const name =
      element.getAttribute('aria-label') ?? element.closest('label')?.textContent ?? element.textContent ?? '';
    if (name.trim() === '') found.push(`${element.tagName} ${element.id} has no name`);
  }
  for (const name of ['header', 'main', 'footer', 'h1'])
    if (document.querySelectorAll(name).length !== 1) found.push(`not one ${name}`);
  for (const each of document.querySelectorAll('[aria-labelledby]'))
    if (document.getElementById(each.getAttribute('aria-labelledby')) === null) found.push('a label that is not there');
  const ids = [...document.querySelectorAll('[id]')].map((each: { id: string }) => each.id);
  for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`${id} is there twice`);
  return [...new Set(found)];
}

/** Controls below 24 pixels of height: hard to hit (WCAG 2.2, 2.5.8). */
export function smallTargets(): string[] {
  return [...document.querySelectorAll('button, select, input:not([type=checkbox])')]
    .filter((each) => each.getClientRects().length > 0 && each.getBoundingClientRect().height < 24)
    .map((each) => `${each.tagName} ${each.id}`);
}

/** Where the tabulator stops, from the top of the page on. */
export async function keyboardStops(page: Page, count: number): Promise<string[]> {
  const stops: string[] = [];
  for (let i = 0; i < count; i++) {
    await page.keyboard.press('Tab');
    stops.push(
      await page.evaluate(() => {
        const at = document.activeElement;
        const label = at.id || (at.getAttribute('aria-labelledby') ? 'Failovers' : at.textContent.trim().split(' ')[0]);
        return `${at.tagName} ${at.tagName === 'BODY' ? '' : label}`;
      }),
    );
  }
  return stops;
}
