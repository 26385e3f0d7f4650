import type { Certificate, CreatedInvitation, Invitation } from '@mtls-gateway/contract'
import { ApiClient, type ApiClientOptions } from '@mtls-gateway/test-kit'
import type { DemoFile } from './demo-file.ts'
import { demoNames } from './leftovers.ts'
import { answered, StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

/** What a browser sends along with a request of the console's own page. */
const ofItsPage = { 'x-console': '1', 'sec-fetch-site': 'same-origin' }

interface Exchanged {
  readonly confirmation: string
}

/** How long the session lasts that the link begins. Afterwards, `mtls console` prints another link. */
const sessionMs = 24 * 3_600_000

/**
 * Invites whoever started the demo: the link of an invitation is short, works once, and reveals no token. What it gives
 * is what the demo file gives, but for calls, which are not made by the console.
 */
export async function inviteToConsole({ configApi, console, accountId, bearerToken }: DemoFile): Promise<string> {
  return withClient({ baseUrl: configApi, bearer: bearerToken }, async (client) => {
    const request = client.json<CreatedInvitation>('POST', invitationsOf(accountId), {
      label: demoNames.invitation,
      scopes: ['mtls:read', 'mtls:write', 'mtls:admin'],
      expiresAt: new Date(Date.now() + sessionMs).toISOString(),
    })
    const { code } = await answered(201, request)
    return `${console}/invitation#code=${code}`
  })
}

/** A link that nobody has used by now does not work any more. Sessions go on. */
export async function withdrawUnusedLinks({ configApi, accountId, bearerToken }: DemoFile): Promise<void> {
  await withClient({ baseUrl: configApi, bearer: bearerToken }, async (admin) => {
    const invitations = await answered(200, admin.json<readonly Invitation[]>('GET', invitationsOf(accountId)))
    const unused = invitations.filter(({ label, redeemedAt }) => label === demoNames.invitation && redeemedAt === null)
    for (const { id } of unused) await answered(200, admin.json('DELETE', `${invitationsOf(accountId)}/${id}`))
  })
}

const invitationsOf = (account: string) => `/mtls/account/${account}/invitations`

/** Does what a browser does with such a link: opens the page, confirms, and lists the certificates. */
export async function expectSignIn(consoleUrl: string, token: string, account: string): Promise<StepResult<void>> {
  return withClient({ baseUrl: consoleUrl }, async (client) => {
    const page = await answered(200, client.json<string>('GET', '/', undefined, { accept: 'text/html' }))
    if (!/<script\b/.test(page)) throw new StepFailure('the console has no page')
    const code = new URL(await newLink(client, token)).hash.replace(/^#code=/, '')
    const exchange = client.json<Exchanged>('POST', '/console/sign-in-codes/exchange', { code }, ofItsPage)
    const { confirmation } = await answered(200, exchange)
    const signedIn = client.json('POST', '/console/session/confirmation', { code: confirmation }, ofItsPage)
    await answered(204, signedIn)
    const [cookie = ''] = String((await signedIn).headers['set-cookie']).split(';')
    const headers = { ...ofItsPage, cookie }
    const path = `/mtls/account/${account}/certificates`
    const certificates = await answered(200, client.json<readonly Certificate[]>('GET', path, undefined, headers))
    return { result: `its session lists ${certificates.length} certificates`, value: undefined }
  })
}

async function newLink(client: ApiClient, token: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const request = client.json<{ readonly url: string }>('POST', '/console/sign-in-codes', undefined, headers)
  const { url } = await answered(201, request)
  return url
}

async function withClient<T>(options: ApiClientOptions, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = new ApiClient(options)
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
