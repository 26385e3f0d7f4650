import { createPrivateKey } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  type ApiClient,
  type ApiResponse,
  Canary,
  type IssuedCertificate,
  makePkcs12,
  readTree,
  startTestTarget,
  type TestTarget,
} from '@mtls-gateway/test-kit'
import { leaksOf } from '../support/leaks.ts'
import { System } from '../support/system.ts'
import { certificateEntry, lp, redeemPath, type Tenant } from '../support/tenant.ts'
import type { AppKey, Invitation } from '../support/wire.ts'

const canary = new Canary()
const password = canary.plant('the P12 password')
const wrongPassword = canary.plant('a wrong P12 password')
const override = canary.plant('LP-authorization-override')
const guessedSecret = canary.plant('a guessed app secret')
const guessedToken = canary.plant('a guessed token')
const queryToken = canary.plant('a token in the query')
const userInfo = canary.plant('user info of a url')

describe('secrets', () => {
  let target: TestTarget
  let system: System
  let tenant: Tenant
  let identity: IssuedCertificate
  let appKey: AppKey
  let token: string
  let invitation: Invitation
  let guestToken: string
  let files: Record<string, Uint8Array>
  /** All answers but those that rightly show a secret once. */
  const answers: Record<string, string> = {}

  beforeAll(async () => {
    target = await startTestTarget({ requireClientCertificate: false })
    // All that there is to log is logged.
    system = await System.start({ targets: [target], env: { LOG_LEVEL: 'trace' } })
    tenant = await system.newTenant()
    identity = await target.clientCa.issue({ commonName: 'secret' })
    token = await system.token()
    appKey = await tenant.newAppKey()
    await provoke()
    await Promise.all([system.stopConfigApi(), system.stopForwarderApi()])
    files = await readTree(system.dataDir)
  })

  afterAll(async () => {
    await system?.stop()
    await target?.close()
  })

  const keep = (answer: ApiResponse<unknown>) => {
    const { status, headers, body } = answer
    const text = Buffer.isBuffer(body) ? body.toString('latin1') : JSON.stringify(body)
    answers[`answer ${Object.keys(answers).length}, status ${status}`] = JSON.stringify(headers) + text
  }

  async function provoke(): Promise<void> {
    await withPasswords(tenant.api)
    await withCredentials()
    await withForwards()
    await withInvitation()
  }

  async function withInvitation(): Promise<void> {
    invitation = await tenant.invite()
    guestToken = (await tenant.redeem(invitation)).token
    const anybody = system.toConfigApi()
    for (const code of [invitation.code, `${invitation.code}x`, [invitation.code]]) {
      keep(await anybody.json('POST', redeemPath, { code }))
    }
    const guest = system.toConfigApi({ bearer: guestToken })
    keep(await guest.json('GET', tenant.path('invitations')))
    keep(await system.toForwarderApi({ bearer: guestToken }).json('POST', '/mtls/mapping', []))
    keep(await guest.json('DELETE', tenant.path(`invitations/${invitation.code}`)))
    keep(await guest.json('DELETE', tenant.path(`invitations/${invitation.id}`)))
    keep(await guest.json('GET', tenant.path('invitations')))
  }

  async function withPasswords(api: ApiClient): Promise<void> {
    const path = tenant.path('certificates')
    const entry = certificateEntry('c1', identity, password)
    keep(await api.json('POST', path, [entry]))
    keep(await api.json('POST', path, [entry]))
    keep(await api.json('POST', path, [{ ...entry, name: 'c2', password: wrongPassword }]))
    keep(await api.json('POST', path, [{ ...entry, name: '' }]))
    keep(await api.json('POST', path, { ...entry }))
    keep(await api.json('POST', path, [{ ...entry, password: [password] }]))
    keep(await api.json('POST', path, [{ ...entry, name: 'c2', password: password.repeat(40) }]))
    const headers = { 'content-type': 'application/json' }
    keep(await api.raw({ method: 'POST', path, headers, body: `[{"password":"${password}","p12":` }))
    const content = makePkcs12({ identity, password })
    const file = { fileName: `${password}.p12`, content }
    const certificate = JSON.stringify({ name: 'c1', password })
    keep(await api.multipart('POST', tenant.path('certificates/by-file'), { certificate }, { file }))
    keep(await api.multipart('POST', tenant.path('certificates/by-file'), { certificate: password }, { file }))
    const test = tenant.path('p12-test/multipart')
    const url = { 'LP-forward-url': `${target.url}/status/500`, 'LP-authorization-override': 'Basic eDp5' }
    keep(await api.multipart('POST', test, { password }, { file }, url))
    keep(await api.multipart('POST', test, { password: wrongPassword }, { file }))
    const refused = { 'LP-forward-url': 'https://127.0.0.1:1/', 'LP-authorization-override': override }
    keep(await api.multipart('POST', test, { password }, { file }, refused))
    for (const below of ['certificates', 'mappings', 'app-keys']) keep(await api.json('GET', tenant.path(below)))
    const list = await api.json<{ id: number }[]>('GET', path)
    keep(await api.json('GET', tenant.path(`certificates/${list.body[0]?.id}/download`)))
  }

  async function withCredentials(): Promise<void> {
    const certificates = tenant.path('certificates')
    const mapping = '/mtls/mapping'
    for (const client of [
      system.toConfigApi({ bearer: guessedToken }),
      system.toForwarderApi({ bearer: guessedToken }),
    ]) {
      keep(await client.json('GET', certificates))
      keep(await client.json('POST', mapping, []))
      keep(await client.json('GET', `${certificates}?access_token=${queryToken}`))
      keep(await client.json('POST', `${mapping}?access_token=${queryToken}`, []))
    }
    const guessed = { appKey: appKey.appKey, appSecret: guessedSecret }
    for (const oauth1 of [guessed, appKey]) {
      keep(await system.toConfigApi({ oauth1 }).json('GET', certificates))
      keep(await system.toForwarderApi({ oauth1 }).json('POST', mapping, [{}]))
    }
    keep(await system.toForwarderApi({ bearer: token }).json('GET', tenant.forwardPath))
    keep(await system.toForwarderApi().json('GET', '/nowhere', undefined, { authorization: `Basic ${guessedToken}` }))
  }

  async function withForwards(): Promise<void> {
    const caller = system.toForwarderApi({ oauth1: appKey })
    const forward = async (url: string, more: Record<string, string> = {}) =>
      keep(await caller.raw({ method: 'GET', path: tenant.forwardPath, headers: { ...lp(url), ...more } }))
    const secret = { 'LP-authorization-override': `Bearer ${override}` }
    // The target's own answers are not the gateway's: this one says nothing of what it got.
    await forward(`${target.url}/sink`, secret)
    await forward('https://127.0.0.1:1/', secret)
    await forward('https://does-not-exist.invalid/', secret)
    await forward('http://127.0.0.1/', secret)
    await forward(`https://user:${userInfo}@localhost/`, secret)
    await forward(`${target.url}/`, { ...secret, 'LP-service-name': 'NOBODY' })
    await forward(`${target.url}/`, { ...secret, 'LP-stop-if-certificate-not-found': 'true' })
  }

  const scalar = () => Buffer.from(createPrivateKey(identity.privateKey).export({ format: 'jwk' }).d ?? '', 'base64url')
  const secrets = () => ({
    'the app secret': appKey.appSecret,
    'a token': token,
    'a token’s signature': token.slice(-40),
    'the code of an invitation': invitation.code.slice(-40),
    'the token of an invitation': guestToken.slice(-40),
    'the private key': scalar(),
    // One line of the base64 in the PEM, whose line breaks hide the bytes.
    'the private key’s PEM': identity.privateKey.split('\n')[2] ?? '',
  })

  it('are in no line that the services write', () => {
    const written = { 'the services’ output': system.output }
    expect(system.output.length).toBeGreaterThan(1_000)
    expect([...canary.findIn(written), ...leaksOf(secrets(), written)]).toEqual([])
  })

  it('are in no answer', () => {
    expect(Object.keys(answers).length).toBeGreaterThan(35)
    expect([...canary.findIn(answers), ...leaksOf(secrets(), answers)]).toEqual([])
  })

  it('are in no file', () => {
    expect(Object.keys(files).length).toBeGreaterThan(1)
    expect([...canary.findIn(files), ...leaksOf(secrets(), files)]).toEqual([])
  })

  it('would be found if they were written', () => {
    const { 'the private key': key, ...others } = secrets()
    const texts = { plain: JSON.stringify({ ...others, pem: identity.privateKey, password }), bytes: key }
    const found = [...canary.findIn(texts), ...leaksOf(secrets(), texts)]
    expect(new Set(found)).toEqual(
      new Set([
        'the P12 password in plain',
        ...Object.keys(others).map((label) => `${label} in plain`),
        'the private key in bytes',
      ]),
    )
  })
})
