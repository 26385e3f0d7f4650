import { expect, type Locator, type Page } from '@playwright/test'

type Cells = Readonly<Record<string, string | RegExp>>

/** Waits for the page of this heading, which has the focus. */
export async function expectPage(page: Page, heading: string | RegExp): Promise<void> {
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeFocused()
}

/** Opens a link of `mtls console`, and signs in as whom it names. */
export async function signInBy(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await expectPage(page, 'Sign in by this link?')
  await page.getByRole('button', { name: /^Continue as/ }).click()
}

/** Waits for a row whose cells below these headers say this: `{ Name: 'bank', Status: /^Active/ }`. */
export async function expectRow(within: Page | Locator, cells: Cells): Promise<void> {
  await expect.poll(() => rowsOf(within)).toContainEqual(expect.objectContaining(matchers(cells)))
}

export async function expectNoRow(within: Page | Locator, cells: Cells): Promise<void> {
  await expect.poll(() => rowsOf(within)).not.toContainEqual(expect.objectContaining(matchers(cells)))
}

/** The row of a table that begins with this name. */
export function rowOf(within: Page | Locator, name: string): Locator {
  return within.getByRole('row').filter({ has: within.getByRole('rowheader', { name, exact: true }) })
}

/** Presses a button of a row. */
export async function chooseAction(within: Page | Locator, row: string, action: string): Promise<void> {
  await rowOf(within, row).getByRole('button', { name: action }).click()
}

/** Chooses one of many in a box that searches while one types. */
export async function chooseByTyping(box: Locator, name: string): Promise<void> {
  await box.fill(name)
  await box.page().getByRole('listbox').getByRole('option', { name }).first().click()
  await expect(box).toHaveValue(name)
}

/** Waits for a message in the corner. */
export async function expectToast(page: Page, text: string | RegExp): Promise<void> {
  await expect(page.getByRole('status', { name: 'Messages' })).toContainText(text)
}

/** A button that stays where it is and says why it can't be pressed. */
export async function expectDisabled(button: Locator, reason: string | RegExp): Promise<void> {
  await expect(button).toBeDisabled()
  await expect(button).toHaveAccessibleDescription(reason)
}

/** Nothing is wider than a screen of so many pixels, and no table wider than its frame. */
export async function expectFits(page: Page, width: number): Promise<void> {
  const before = page.viewportSize()
  await page.setViewportSize({ width, height: 800 })
  await expect.poll(() => page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
  const widerTables = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('table')]
        .filter(({ parentElement, offsetWidth }) => parentElement !== null && offsetWidth > parentElement.clientWidth)
        .map(({ ariaLabel }) => ariaLabel),
    )
  await expect.poll(widerTables, `at ${width} px`).toEqual([])
  if (before !== null) await page.setViewportSize(before)
}

/** As if dragged from a folder and dropped there. */
export async function dropFile(zone: Locator, name: string, content: Uint8Array): Promise<void> {
  const file = { name, base64: Buffer.from(content).toString('base64') }
  const dataTransfer = await zone.page().evaluateHandle(({ name, base64 }) => {
    const transfer = new DataTransfer()
    transfer.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name))
    return transfer
  }, file)
  for (const event of ['dragenter', 'dragover', 'drop']) await zone.dispatchEvent(event, { dataTransfer })
}

function matchers(cells: Cells): Record<string, unknown> {
  const entries = Object.entries(cells).map(([header, cell]) => [
    header,
    typeof cell === 'string' ? cell : expect.stringMatching(cell),
  ])
  return Object.fromEntries(entries)
}

/** The rows of all tables, by header. */
function rowsOf(within: Page | Locator): Promise<readonly Record<string, string>[]> {
  return within.getByRole('table').evaluateAll((tables: readonly HTMLTableElement[]) =>
    tables.flatMap(({ tHead, tBodies }) => {
      // biome-ignore lint/performance/useDomNodeTextContent: what is seen, with a space between blocks
      const text = ({ innerText }: HTMLElement) => innerText.trim().replaceAll(/\s+/g, ' ')
      const headers = [...(tHead?.rows[0]?.cells ?? [])].map(({ textContent }) => textContent.trim())
      return [...tBodies]
        .flatMap(({ rows }) => [...rows])
        .map(({ cells }) => Object.fromEntries([...cells].map((cell, column) => [headers[column] ?? '', text(cell)])))
    }),
  )
}
