import type { BrowserContext, Page } from '@playwright/test'

interface Times {
  largestPaint: number
  rows: { at: number; count: number }[]
  typedAt: number
  interactions: number[]
}

/** When what people wait for was there, as the browser itself tells. */
export class PageTimes {
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  /** From now on, every page of the context keeps its times. */
  static async watch(context: BrowserContext): Promise<void> {
    await context.addInitScript(keepTimes)
  }

  /** Milliseconds from the navigation to the largest paint until now (Largest Contentful Paint). */
  largestPaint(): Promise<number> {
    return this.#page.evaluate(() => times().largestPaint)
  }

  /** Milliseconds from the navigation until a table had rows. */
  firstRow(): Promise<number> {
    return this.#page.evaluate(() => times().rows.find(({ count }) => count > 0)?.at ?? Number.NaN)
  }

  /** Milliseconds from the last key until the table had so many rows. */
  afterTyping(rows: number): Promise<number> {
    return this.#page.evaluate((count) => {
      const { rows, typedAt } = times()
      return (rows.find((each) => each.at > typedAt && each.count === count)?.at ?? Number.NaN) - typedAt
    }, rows)
  }

  /** The longest time from a key or a click to the next paint since it was last asked for (Event Timing). */
  async longestInteraction(): Promise<number> {
    return this.#page.evaluate(() => Math.max(0, ...times().interactions.splice(0)))
  }
}

/** Runs in the page, before anything of it. */
function keepTimes(): void {
  const kept: Times = { largestPaint: Number.NaN, rows: [], typedAt: 0, interactions: [] }
  Object.assign(globalThis, { times: () => kept })
  // The types of TypeScript do not know how short an event may be that is told.
  const everyEvent = { type: 'event', buffered: true, durationThreshold: 16 }
  new PerformanceObserver((list) => {
    for (const { startTime } of list.getEntries()) kept.largestPaint = startTime
  }).observe({ type: 'largest-contentful-paint', buffered: true })
  new PerformanceObserver((list) => {
    for (const { duration, interactionId } of list.getEntries() as PerformanceEventTiming[])
      if (interactionId) kept.interactions.push(duration)
  }).observe(everyEvent)
  addEventListener('input', () => Object.assign(kept, { typedAt: performance.now() }), { capture: true })
  new MutationObserver(() => {
    const count = document.querySelectorAll('tbody tr').length
    if (count !== (kept.rows.at(-1)?.count ?? 0)) kept.rows.push({ at: performance.now(), count })
  }).observe(document, { childList: true, subtree: true })
}

declare function times(): Times
