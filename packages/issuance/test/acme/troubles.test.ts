import { generateKeyPairSync } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type LocalServer, serve } from '@mtls-gateway/test-kit'
import { AcmeIssuer, acmeSettings } from '../../src/acme/acme-issuer.ts'
import { newOrder, OperatorFolder, patient } from './setting.ts'

type Answer = (response: ServerResponse) => void

const page = '<html><body>Welcome</body></html>'
const certificate = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'

/** What an ACME server answers that signs at once, by path. It looks at nothing. */
function usualAnswers(url: string): Record<string, Answer> {
  const order = { status: 'valid', authorizations: [], finalize: `${url}/finalize`, certificate: `${url}/certificate` }
  return {
    '/directory': json({ newNonce: `${url}/nonce`, newAccount: `${url}/account`, newOrder: `${url}/new-order` }),
    '/nonce': (response) => response.writeHead(200, { 'replay-nonce': 'nonce-1' }).end(),
    '/account': json({ status: 'valid' }, { location: `${url}/account/1` }),
    '/new-order': json(order, { location: `${url}/order` }),
    '/order': json(order),
    '/certificate': (response) => response.end(certificate),
  }
}

let server: LocalServer
let folder: OperatorFolder
let answers: Record<string, Answer>
let asked: string[]

beforeAll(async () => {
  server = await serve((request, response) => {
    const path = request.url ?? ''
    asked.push(path)
    const answer = answers[path] ?? problem(404, 'malformed')
    answer(response)
  })
})
afterAll(() => server.close())
beforeEach(() => {
  answers = usualAnswers(server.url)
  asked = []
  folder = new OperatorFolder()
})
afterEach(() => folder.remove())

async function issue(patienceMs = 0) {
  const issuer = new AcmeIssuer(folder.settings(`${server.url}/directory`), { patienceMs })
  return issuer.issue(await newOrder(), patient)
}

it('hands on what the server signs, without looking at it', async () => {
  expect(await issue()).toEqual({ state: 'issued', certificates: certificate })
})

describe('a server that is not what it should be', () => {
  const html: Answer = (response) => response.writeHead(200, { 'content-type': 'text/html' }).end(page)
  const unnamed: Answer = (response) => answers['/order']?.(response)
  const elsewhere = 'https://other.example/new-order'

  it.each<[string, string, Answer, string, string]>([
    ['answers a page', '/directory', html, 'ISSUED_NO_CERTIFICATE', 'a web page'],
    ['answers another object', '/directory', json({}), 'ISSUED_NO_CERTIFICATE', 'something else'],
    ['answers a page for an order', '/new-order', html, 'ISSUED_NO_CERTIFICATE', 'a web page'],
    ['answers a page for a chain', '/certificate', html, 'ISSUED_NO_CERTIFICATE', 'not PEM'],
    ['has no directory', '/directory', problem(404, undefined), 'ISSUED_NO_CERTIFICATE', '(404)'],
    ['is behind a proxy that fails', '/directory', failed, 'ISSUER_UNREACHABLE', '(502)'],
    ['redirects', '/directory', redirect, 'ISSUED_NO_CERTIFICATE', '(302)'],
    ['hangs up', '/directory', (response) => response.destroy(), 'ISSUER_UNREACHABLE', '(ECONNRESET)'],
    ['answers without end', '/certificate', endless, 'ISSUER_UNREACHABLE', 'answers more than an ACME server would'],
    ['has no nonces', '/nonce', (response) => response.end(), 'ISSUED_NO_CERTIFICATE', 'no nonce'],
    ['does not say where its order is', '/new-order', unnamed, 'ISSUED_NO_CERTIFICATE', 'an order without its url'],
    [
      'sends requests to another server',
      '/directory',
      json({ newNonce: elsewhere, newAccount: elsewhere, newOrder: elsewhere }),
      'ISSUED_NO_CERTIFICATE',
      'the address of another server',
    ],
  ])('%s', async (_, path, answer, code, sentence) => {
    answers[path] = answer
    await expect(issue()).rejects.toMatchObject({ code, message: expect.stringContaining(sentence) })
  })

  it('does not learn from a page or a problem what is said', async () => {
    answers['/new-order'] = (response) =>
      response
        .writeHead(403, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify({ type: 'urn:ietf:params:acme:error:unauthorized', detail: page, status: 'canary' }))
    const error = await issue().then(
      () => undefined,
      (refusal: Error) => refusal,
    )
    expect(error).toMatchObject({ code: 'ISSUER_FORBIDDEN' })
    expect(`${error?.message} ${error?.stack} ${error?.cause}`).not.toMatch(/Welcome|canary/)
  })
})

describe('a server that refuses', () => {
  it.each([
    ['rateLimited', 429, 'ISSUER_UNREACHABLE'],
    ['serverInternal', 500, 'ISSUER_UNREACHABLE'],
    ['badCSR', 400, 'ISSUER_REFUSED'],
    ['unsupportedIdentifier', 400, 'ISSUER_REFUSED'],
    ['userActionRequired', 403, 'ISSUER_FORBIDDEN'],
    ['externalAccountRequired', 401, 'ISSUER_ACCOUNT_MISSING'],
    ['badSignatureAlgorithm', 400, 'ISSUER_FORBIDDEN'],
    ['anotherOne', 503, 'ISSUER_UNREACHABLE'],
    ['toString', 400, 'ISSUER_REFUSED'],
  ])('with %s', async (type, status, code) => {
    answers['/new-order'] = problem(status, type)
    await expect(issue()).rejects.toMatchObject({ code })
  })

  it('every nonce is asked eight times', async () => {
    answers['/new-order'] = problem(400, 'badNonce')
    await expect(issue()).rejects.toMatchObject({ code: 'ISSUER_UNREACHABLE' })
    expect(asked.filter((path) => path === '/new-order').length).toBe(8)
  })

  it('an account that it has closed', async () => {
    answers['/account'] = json({ status: 'deactivated' }, { location: `${server.url}/account/1` })
    await expect(issue()).rejects.toMatchObject({
      code: 'ISSUER_FORBIDDEN',
      message: expect.stringContaining('deactivated'),
    })
  })

  it('an order that it has made invalid, for its own reason', async () => {
    const error = { type: 'urn:ietf:params:acme:error:caa' }
    const order = { status: 'invalid', authorizations: [], finalize: `${server.url}/finalize`, error }
    answers['/new-order'] = json(order, { location: `${server.url}/order` })
    await expect(issue()).rejects.toMatchObject({ code: 'ISSUER_REFUSED', message: expect.stringContaining('(caa)') })
  })
})

it('has no token proved that could be anything but one', async () => {
  const order = {
    status: 'pending',
    authorizations: [`${server.url}/authorization`],
    finalize: `${server.url}/finalize`,
  }
  const challenge = { type: 'http-01', url: `${server.url}/challenge`, status: 'pending', token: '../../../etc/passwd' }
  const identifier = { type: 'dns', value: 'client.bank.example' }
  answers['/new-order'] = json(order, { location: `${server.url}/order` })
  answers['/authorization'] = json({ status: 'pending', identifier, challenges: [challenge] })
  await expect(issue()).rejects.toMatchObject({ code: 'ISSUED_NO_CERTIFICATE' })
  expect(asked).not.toContain('/challenge')
})

it('has as many names proved as it has patience for, and the others when it asks again', async () => {
  const numbers = [1, 2, 3]
  const order = {
    status: 'pending',
    authorizations: numbers.map((number) => `${server.url}/authorization/${number}`),
    finalize: `${server.url}/finalize`,
  }
  for (const number of numbers) {
    const url = `${server.url}/challenge/${number}`
    const challenge = { type: 'http-01', url, status: 'pending', token: 'a'.repeat(43) }
    const identifier = { type: 'dns', value: `client-${number}.bank.example` }
    answers[`/authorization/${number}`] = json({ status: 'pending', identifier, challenges: [challenge] })
    answers[`/challenge/${number}`] = json({})
  }
  answers['/new-order'] = json(order, { location: `${server.url}/order` })
  answers['/order'] = json(order)
  const proved = () => asked.filter((path) => path.startsWith('/challenge'))
  const issuer = new AcmeIssuer(folder.settings(`${server.url}/directory`), { patienceMs: 0 })
  const ordered = await newOrder()
  const reference = `${server.url}/order`
  expect(await issuer.issue(ordered, patient)).toEqual({ state: 'pending', reference, askAgainInMs: 5_000 })
  expect(proved()).toHaveLength(1)
  for (let time = 0; time < 200 && new Set(proved()).size < numbers.length; time++) {
    await issuer.collect(ordered, reference, patient)
  }
  expect(new Set(proved()).size).toBe(numbers.length)
})

it('goes on with an order that another instance has finalized in the meantime', async () => {
  const base = { authorizations: [], finalize: `${server.url}/finalize` }
  answers['/new-order'] = json({ ...base, status: 'ready' }, { location: `${server.url}/order` })
  answers['/finalize'] = problem(403, 'orderNotReady')
  expect((await issue()).state).toBe('issued')
})

it('waits only as long as it has patience, and then asks when the server says', async () => {
  const order = { status: 'processing', authorizations: [], finalize: `${server.url}/finalize` }
  answers['/new-order'] = json(order, { location: `${server.url}/order` })
  answers['/order'] = json(order, { 'retry-after': '120' })
  const reference = `${server.url}/order`
  expect(await issue()).toEqual({ state: 'pending', reference, askAgainInMs: 5_000 })
  expect(await issue(2_000)).toEqual({ state: 'pending', reference, askAgainInMs: 120_000 })
})

describe('the account key', () => {
  it.each([
    ['no key', 'no key'],
    ['an Ed25519 key', pem(generateKeyPairSync('ed25519').privateKey)],
    ['a key of 1024 bits', pem(generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey)],
  ])('cannot be %s', async (_, content) => {
    folder.write('account.pem', content)
    await expect(issue()).rejects.toMatchObject({
      code: 'ISSUER_ACCOUNT_MISSING',
      message: expect.stringContaining('none that can be used'),
    })
  })

  it.each([
    ['EC P-384', pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)],
    ['RSA', pem(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)],
  ])('can be %s', async (_, content) => {
    folder.write('account.pem', content)
    expect((await issue()).state).toBe('issued')
  })

  it('is looked for where the profile says, and errors do not tell where that is', async () => {
    folder.remove()
    const error = issue()
    await expect(error).rejects.toMatchObject({ code: 'ISSUER_ACCOUNT_MISSING' })
    await expect(error).rejects.not.toMatchObject({ message: expect.stringContaining(folder.path) })
  })
})

it.each(['http://acme.example/directory', 'http://127.0.0.1.example/', 'file:///etc/passwd', 'acme.example'])(
  'is not asked at %s',
  (directoryUrl) => {
    const { error } = acmeSettings.safeParse(folder.settings(directoryUrl))
    expect(error?.issues).toMatchObject([{ path: ['directoryUrl'], message: 'is not an https url' }])
  },
)

it('takes the two parts of a binding together', () => {
  const settings = folder.settings('https://acme.example/directory', { eabKeyFile: '/run/secrets/eab-key' })
  expect(acmeSettings.safeParse(settings).error?.issues).toMatchObject([
    { path: ['eabKeyFile'], message: 'and eabKeyIdFile belong together' },
  ])
})

function json(body: object, headers: Record<string, string> = {}): Answer {
  return (response) =>
    response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

function problem(status: number, type: string | undefined): Answer {
  const body = type === undefined ? page : JSON.stringify({ type: `urn:ietf:params:acme:error:${type}` })
  return (response) => response.writeHead(status, { 'replay-nonce': 'nonce-2' }).end(body)
}

function failed(response: ServerResponse): void {
  response.writeHead(502, { 'content-type': 'text/html' }).end(page)
}

function redirect(response: ServerResponse): void {
  response.writeHead(302, { location: `${server.url}/elsewhere` }).end()
}

/** Writes until the other side has had enough. */
function endless(response: ServerResponse): void {
  const more = () => {
    while (!response.destroyed && response.write('a'.repeat(65_536))) {
      // The buffer is not full.
    }
  }
  response.on('drain', more)
  more()
}

function pem(key: ReturnType<typeof generateKeyPairSync>['privateKey']): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}
