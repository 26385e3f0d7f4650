import type { Page } from '@playwright/test'
import { expect, test } from '../support/browser-test.ts'
import { PageTimes } from './page-times.ts'

const rounds = 7
const [few, many] = [4, 10_000]

/** Milliseconds of each round, by what was waited for. */
type Measured = Map<string, number[]>

test(`an account with ${few} mappings and one with ${many}`, async ({ context, page, system, account }) => {
  await PageTimes.watch(context)
  const identity = await system.target.clientCa.issue({ commonName: 'bank' })
  const certificateId = await account.addCertificate('bank', identity)
  await addMappings(few)
  console.error(`with ${few} mappings`)
  const small = await measure()
  console.error(`with ${many} mappings`)
  await addMappings(many - few)
  print(small, await measure())

  /** Named `few-0` to `few-3`, and then `many-0` and so on. */
  async function addMappings(count: number): Promise<void> {
    for (let made = 0; made < count; made += 1_000) {
      const body = Array.from({ length: Math.min(count - made, 1_000) }, (_, index) => {
        const name = `${count === few ? 'few' : 'many'}-${made + index}`
        return { name, url: `https://bank.example/${name}`, serviceId: 'IDP', certificationId: certificateId }
      })
      await account.api.createMappings({ body })
    }
  }

  async function measure(): Promise<Measured> {
    const measured: Measured = new Map()
    const add = (what: string, ms: number) => measured.set(what, [...(measured.get(what) ?? []), ms])
    const times = new PageTimes(page)
    for (let round = 0; round < rounds; round++) {
      console.error(`round ${round + 1} of ${rounds}`)
      for (const name of ['overview', 'certificates', 'mappings']) {
        await open(page, account.path(name === 'overview' ? '' : name))
        add(`largest paint of the page: ${name}`, await times.largestPaint())
      }
      add('first mapping in the table', await times.firstRow())
      await times.longestInteraction()
      await search(page)
      add('from the last key of a search to what it found', await times.afterTyping(1))
      add('from a key of the search to the next paint', await times.longestInteraction())
      await openMapping(page)
      add('from the click on a mapping to the next paint', await times.longestInteraction())
    }
    return measured
  }
})

async function open(page: Page, path: string): Promise<void> {
  await page.goto(path)
  await expect(page.getByRole('heading', { level: 1 })).toBeFocused()
  await settled(page)
}

async function search(page: Page): Promise<void> {
  await page.getByLabel('Search by name or url').pressSequentially('few-3', { delay: 80 })
  await expect(page.locator('tbody tr')).toHaveCount(1)
  await settled(page)
}

async function openMapping(page: Page): Promise<void> {
  await page.locator('tbody th a').click()
  await expect(page.getByRole('dialog').getByLabel('Url', { exact: true })).toBeVisible()
  await settled(page)
}

/** Nothing is on the way any more, and what the browser tells late has been told. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 200)))
}

function print(small: Measured, large: Measured): void {
  const lines = [...small].map(([what, times]) => `| ${what} | ${summary(times)} | ${summary(large.get(what) ?? [])} |`)
  const head = [
    `| milliseconds, median of ${rounds} rounds | ${few} mappings | ${many.toLocaleString('en')} mappings |`,
    '| --- | --- | --- |',
  ]
  console.info([...head, ...lines].join('\n'))
}

function summary(times: readonly number[]): string {
  const sorted = times.map(Math.round).sort((a, b) => a - b)
  return `${sorted[Math.trunc(sorted.length / 2)]} (at most ${sorted.at(-1)})`
}
