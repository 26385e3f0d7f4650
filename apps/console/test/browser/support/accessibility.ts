import { expect, type Page } from '@playwright/test'
import axe from 'axe-core'

/** WCAG 2.2, levels A and AA, by the names that axe has for their rules. */
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

interface Violation {
  readonly rule: string
  readonly help: string
  /** Where, as selectors, and what is wrong there. */
  readonly places: readonly string[]
}

/**
 * What is on the page now has no fault that axe finds, neither light nor dark. It is looked at from its top: a button
 * that lies half below a bar is no fault where one can scroll.
 */
export async function expectNoAxeViolations(page: Page): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    expect(await violations(page), `what axe finds, ${colorScheme}`).toEqual([])
  }
  await page.emulateMedia({ colorScheme: null })
}

async function violations(page: Page): Promise<readonly Violation[]> {
  // Not by a <script>, which the page's policy refuses.
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source)
  return page.evaluate(async (values) => {
    const scrolled = [document.documentElement, ...document.querySelectorAll('dialog[open]')].map((place) => {
      const { scrollTop } = place
      return { place, scrollTop }
    })
    for (const { place } of scrolled) place.scrollTop = 0
    const found = await (Reflect.get(window, 'axe') as typeof axe).run({ runOnly: { type: 'tag', values } })
    for (const { place, scrollTop } of scrolled) place.scrollTop = scrollTop
    return found.violations.map(({ id, help, nodes }) => ({
      rule: id,
      help,
      places: nodes.map(({ target, failureSummary }) => `${target.join(' ')}: ${failureSummary}`),
    }))
  }, rules)
}
