import type { Page } from '@playwright/test'
import { expectNoAxeViolations } from './support/accessibility.ts'
import { expect, test } from './support/browser-test.ts'
import { expectDisabled } from './support/on-the-page.ts'

/** What reading takes, by how its name begins. */
const reads = /^(Cancel|Close|Copy|Details of|Download|Explain|Later|Open the|View) ?/
/** As far as it goes without a file and without text, what keeps a button from being used is the scope. */
const lacksScope = /lacks the scope mtls:(write|admin)/

interface Seen {
  readonly name: string
  /** Why it can't be used; null: it looks as if it could. */
  readonly reason: string | null
}

/** The buttons of the page and what is open above it, and the links that look like buttons. */
function buttonsOf(page: Page): Promise<readonly Seen[]> {
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(':is(main, dialog) :is(button, a[class*="button"])')].map((it) => {
      const described = document.getElementById(it.getAttribute('aria-describedby') ?? '')
      const reason = it.getAttribute('aria-disabled') === 'true' ? (described?.textContent ?? '') : null
      return { name: (it.ariaLabel ?? it.textContent).trim(), reason }
    }),
  )
}

test.describe('with a token that reads alone', () => {
  test.use({ scopes: ['mtls:read'] })

  test('no button looks usable that is not, on any page', async ({ page, account, system }) => {
    test.setTimeout(120_000)
    const { clientCa } = system.target
    const inADay = new Date(Date.now() + 86_400_000)
    const id = await account.addCertificate('bank', await clientCa.issue({ commonName: 'bank' }))
    await account.stage(id, await clientCa.issue({ commonName: 'bank' }))
    const soon = await account.addCertificate('soon', await clientCa.issue({ commonName: 'soon', notAfter: inADay }))
    const { body: asked } = await account.api.createSigningRequest({
      body: { name: 'asked', keyType: 'EC-P256', subject: { commonName: 'asked' } },
    })
    const url = `${system.partner.url}/token`
    const mappingId = await account.map('token', url, id)
    const call = await account.caller()
    await expect(call(url)).rejects.toThrow('TARGET_UNREACHABLE')

    const everything: string[] = []
    for (const path of [
      ...[
        '',
        'certificates',
        'certificates/new',
        'certificates/request',
        'certificates/issue',
        `certificates/new?certificateId=${id}`,
      ],
      ...[id, soon, asked.certificate.id].flatMap((each) => [
        `certificates/${each}`,
        `certificates/${each}/rotate`,
        `certificates/${each}/signing`,
      ]),
      'fleet',
      'fleet/replacement?issuer=CN%3DClient%20CA&issuedBefore=2999-01-01T00:00:00.000Z',
      ...[
        'trusts',
        'signing-keys',
        'mappings',
        `mappings/${mappingId}`,
        'mappings/new',
        'calls',
        'app-keys',
        'invitations',
        'approvals',
        'audit',
        'settings',
      ],
      ...[
        'explain',
        `explain?service=IDP&url=${encodeURIComponent(url)}`,
        'explain?service=IDP&url=https://a.example/',
      ],
    ]) {
      await page.goto(account.path(path))
      await expect(page.getByRole('heading', { level: 1 }).first()).toBeAttached()
      await expect(page.getByRole('status', { name: /^Loading/ })).toHaveCount(0)
      const buttons = await buttonsOf(page)
      everything.push(...buttons.map(({ name }) => name))
      const wrong = buttons.filter(({ name, reason }) => !reads.test(name) && !lacksScope.test(reason ?? ''))
      expect(wrong, path).toEqual([])
    }
    // It has seen what it is about.
    for (const name of [
      'Add a certificate',
      'Rotate',
      'Map a url',
      'Stage',
      'Save',
      'Try the certificate',
      'Replace all',
    ]) {
      expect(
        everything.some((each) => each.startsWith(name)),
        name,
      ).toBe(true)
    }
  })

  test('what leads to a change says why it does not, in place', async ({ page, account, system }) => {
    const id = await account.addCertificate('bank', await system.target.clientCa.issue({ commonName: 'bank' }))
    await page.goto(account.path(`certificates/${id}`))
    await expectDisabled(page.getByRole('button', { name: 'Rotate' }), lacksScope)
    await expectNoAxeViolations(page)
    await page.goto(account.path('certificates'))
    await expectDisabled(page.getByRole('button', { name: 'Add a certificate' }), lacksScope)
    await expectNoAxeViolations(page)
  })
})
