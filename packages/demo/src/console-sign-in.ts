import type { Certificate } from '@mtls-gateway/contract'
import { ApiClient } from '@mtls-gateway/test-kit'
import { answered, StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

/** What a browser sends along with a request of the console's own page. */
const ofItsPage = { 'x-console': '1', 'sec-fetch-site': 'same-origin' }

interface Exchanged {
  readonly confirmation: string
}

/** A link to the console that signs in once, within a minute. */
export async function signInLink(consoleUrl: string, token: string): Promise<string> {
  return withClient(consoleUrl, (client) => newLink(client, token))
}

/** Does what a browser does with such a link: opens the page, confirms, and lists the certificates. */
export async function expectSignIn(consoleUrl: string, token: string, account: string): Promise<StepResult<void>> {
  return withClient(consoleUrl, async (client) => {
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

async function withClient<T>(baseUrl: string, work: (client: ApiClient) => Promise<T>): Promise<T> {
  const client = new ApiClient({ baseUrl })
  try {
    return await work(client)
  } finally {
    await client.close()
  }
}
