import type { Scope } from '@mtls-gateway/domain/words'
import { missingTools, requireNothing, type ToolName } from '@mtls-gateway/test-kit'
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test'
import { type Account, allScopes } from './account.ts'
import { ConsoleSystem } from './console-system.ts'
import { type ExpectedFault, PageFaults } from './page-faults.ts'

interface TestOptions {
  /** What the one who is signed in on `page` may do: `test.use({ scopes: ['mtls:read'] })`. `null`: nobody is. */
  scopes: readonly Scope[] | null
}

interface TestFixtures {
  /** Used by this test alone. */
  readonly account: Account
  /** What goes wrong in a page without anybody seeing it fails the test, unless a test adds it here. */
  readonly expectedFaults: ExpectedFault[]
  /** A page of somebody else, or of the same one elsewhere: a browser without any session. */
  readonly newVisitor: () => Promise<Page>
  /** Signs in somebody on pages of a context. */
  readonly signIn: (context: BrowserContext, scopes?: readonly Scope[]) => Promise<void>
  /** What a test starts itself. It stops once its pages are closed: they would miss it, and that is a fault. */
  readonly running: AsyncDisposableStack
  readonly pageFaults: PageFaults
  readonly noFaults: undefined
}

interface WorkerFixtures {
  /** Shared with other tests: whoever stops something starts it again. A test that fails takes its system with it. */
  readonly system: ConsoleSystem
}

/** A test in a real browser, on `page`, in front of the real system. */
export const test = base.extend<TestOptions & TestFixtures, WorkerFixtures>({
  system: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it what a fixture needs
    async ({}, use) => {
      const system = await ConsoleSystem.start()
      await use(system)
      await system.stop()
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  baseURL: ({ system }, use) => use(system.url),
  scopes: [allScopes, { option: true }],
  account: ({ system }, use) => use(system.newAccount()),

  // That nobody is signed in, a page learns by asking.
  // biome-ignore lint/correctness/noEmptyPattern: see above
  expectedFaults: ({}, use) => use(['401 GET /console/session']),
  // biome-ignore lint/correctness/noEmptyPattern: see above
  pageFaults: ({}, use) => use(new PageFaults()),
  // biome-ignore lint/correctness/noEmptyPattern: see above
  running: async ({}, use) => {
    await using running = new AsyncDisposableStack()
    await use(running)
  },
  noFaults: [
    async ({ pageFaults, expectedFaults }, use) => {
      await use(undefined)
      expect(pageFaults.unexpected(expectedFaults), 'what went wrong in the pages').toEqual([])
    },
    { auto: true },
  ],

  signIn: ({ system, account }, use) =>
    use(async (context, scopes = allScopes) => {
      const code = new URL(await account.signInLink(scopes)).hash.replace(/^#code=/, '')
      const headers = { 'x-console': '1', 'sec-fetch-site': 'same-origin' }
      const post = (path: string, data: object) => context.request.post(system.url + path, { headers, data })
      const exchanged = await post('/console/sign-in-codes/exchange', { code })
      const { confirmation } = await exchanged.json()
      const answer = await post('/console/session/confirmation', { code: confirmation })
      expect(answer.status(), await answer.text()).toBe(204)
    }),
  context: async ({ context, pageFaults, running: _, scopes, signIn }, use) => {
    await pageFaults.watch(context)
    if (scopes !== null) await signIn(context, scopes)
    await use(context)
  },
  newVisitor: async ({ browser, pageFaults, running: _ }, use) => {
    const contexts: BrowserContext[] = []
    await use(async () => {
      const context = await browser.newContext()
      contexts.push(context)
      await pageFaults.watch(context)
      return context.newPage()
    })
    for (const context of contexts) await context.close()
  },
})

export { expect } from '@playwright/test'

/** Skips the tests of a file where one of these tools is missing; in CI that is an error. */
export function skipWithout(...names: readonly ToolName[]): void {
  const missing = missingTools(...names)
  requireNothing(missing)
  test.skip(missing.length > 0, `[needs ${missing.join(', ')}]`)
}
