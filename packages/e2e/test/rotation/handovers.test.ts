import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { type CreatedHandover, configApi, type Handover, type OpenedHandover } from '@mtls-gateway/contract'
import { ContractClient } from '../support/contract-client.ts'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { leaksOf } from '../support/leaks.ts'
import { type RotatedCertificate, RotationScene } from '../support/rotated-certificate.ts'

let scene: RotationScene
let rotation: RotatedCertificate
let mappingId: number
/** Without credentials. */
let anybody: ContractClient

const openPath = '/mtls/handovers/open'
const answerPath = '/mtls/handovers/answer'

beforeAll(async () => {
  scene = await RotationScene.start()
  anybody = new ContractClient(configApi, { baseUrl: scene.system.configApi.url })
})

beforeEach(async () => {
  rotation = await scene.onboard()
  const { body } = await rotation.tenant.api.json<{ id: number }[]>('GET', rotation.tenant.path('mappings'))
  mappingId = body[0]?.id ?? 0
})

afterAll(async () => {
  await anybody?.close()
  await scene?.stop()
})

const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()
const handoversPath = () => rotation.tenant.path(`certificates/${rotation.id}/handovers`)

async function handOver(parts: object = {}): Promise<CreatedHandover> {
  const body = { label: 'Anna of Bank', mappings: [mappingId], expiresAt: inAnHour(), ...parts }
  const created = await rotation.tenant.api.json<CreatedHandover>('POST', handoversPath(), body)
  expect(created.status).toBe(201)
  return created.body
}

/** They are limited for each address, and all tests have the same. */
const inTurn = <T>(path: string, body: object) =>
  eventually(
    () => anybody.json<T>('POST', path, body),
    ({ status }) => status !== 429,
  )
const open = (code: string) => inTurn<OpenedHandover>(openPath, { code })

const actions = async () => {
  const { body } = await rotation.tenant.api.json<{ action: string; actor: string }[]>(
    'GET',
    rotation.tenant.path('audit?action=handovers.*'),
  )
  return body.map(({ action, actor }) => [action, actor])
}

describe('a handover', () => {
  it('shows one certificate to whoever has its code, and takes the answer that a promotion tells of', async () => {
    await rotation.stage(scene.second)
    const created = await handOver()
    expect(created).toMatchObject({ label: 'Anna of Bank', openedAt: null, note: null, link: null })
    const { promotion } = await rotation.get()
    expect(promotion).toMatchObject({
      version: scene.second.fingerprintSha256,
      left: 1,
      mappings: [{ id: mappingId, state: 'handedOver', since: expect.any(String) }],
    })

    const url = `${scene.target.url}/`
    const { body: shown, status } = await open(created.code)
    expect(status).toBe(200)
    expect(shown).toEqual({
      label: 'Anna of Bank',
      expiresAt: created.expiresAt,
      mappings: [{ id: mappingId, url, registeredAt: null }],
      note: null,
      current: expect.objectContaining({ fingerprintSha256: scene.first.fingerprintSha256 }),
      next: expect.objectContaining({ fingerprintSha256: scene.second.fingerprintSha256 }),
    })
    expect(shown.next?.certificates[0]?.pem).toContain('-----BEGIN CERTIFICATE-----')

    const said = { code: created.code, fingerprintSha256: scene.second.fingerprintSha256, mappings: [mappingId] }
    const answered = await inTurn<OpenedHandover>(answerPath, { ...said, note: 'Live since noon.' })
    expect(answered).toMatchObject({
      status: 200,
      body: { mappings: [{ id: mappingId, registeredAt: expect.any(String) }], note: 'Live since noon.' },
    })
    expect((await rotation.get()).promotion?.mappings).toMatchObject([{ id: mappingId, state: 'registered' }])
    const listed = await rotation.tenant.api.json<Handover[]>('GET', handoversPath())
    const { code: _code, link: _link, ...known } = created
    expect(listed.body).toEqual([
      { ...known, ...{ mappings: answered.body.mappings, note: 'Live since noon.' }, openedAt: expect.any(String) },
    ])
    const actor = `handover ${created.id} "Anna of Bank"`
    expect(await actions()).toEqual([
      ['handovers.answer', actor],
      ['handovers.open', actor],
      ['handovers.create', expect.stringContaining('#')],
    ])
    const texts = { list: JSON.stringify(listed.body), services: await scene.system.readOutput() }
    expect(leaksOf({ code: created.code.slice(-40) }, texts)).toEqual([])

    const facts = await rotation.tenant.api.json(
      'GET',
      rotation.tenant.path(`certificates/${rotation.id}/registration-facts`),
    )
    expect(facts.body).toEqual({ current: shown.current, next: shown.next })
  })

  it('tells nothing of anything else that the account has', async () => {
    const { tenant } = rotation
    const other = await tenant.saveCertificate('other-secret-name', scene.third)
    await tenant.map({ certificationId: other.id, serviceId: 'IDP', url: 'https://other.example/', name: 'm-other' })
    await tenant.map({
      certificationId: rotation.id,
      serviceId: 'IDP',
      url: 'https://unasked.example/',
      name: 'm-unasked',
    })
    const { code } = await handOver()
    const text = JSON.stringify((await open(code)).body)
    const others = [tenant.id, 'other-secret-name', scene.third.fingerprintSha256, 'other.example', 'unasked.example']
    for (const word of others) expect(text).not.toContain(word)
    const api = scene.system.toConfigApi({ bearer: code })
    expectProblem(await api.json('GET', tenant.path('certificates')), 401, 'TOKEN_INVALID')
    // A mapping that gets another certificate is gone from it.
    await tenant.api.json('PUT', tenant.path(`mappings/${mappingId}`), { certificationId: other.id })
    expect((await open(code)).body.mappings).toEqual([])
  })

  it('that is not there, was revoked or has expired says so, always in the same words', async () => {
    const [revoked, expiring] = [
      await handOver(),
      await handOver({ expiresAt: new Date(Date.now() + 3_000).toISOString() }),
    ]
    expect((await open(expiring.code)).status).toBe(200)
    const deleted = await rotation.tenant.api.json('DELETE', `${handoversPath()}/${revoked.id}`)
    expect(deleted).toMatchObject({ status: 200, body: { id: revoked.id } })
    const [, , secret = ''] = revoked.code.split('.')
    const invitation = await rotation.tenant.invite()
    const wrong = [
      revoked.code,
      `mtlshandover_nobody.${'A'.repeat(22)}.${secret}`,
      `${expiring.code.slice(0, -1)}${expiring.code.endsWith('A') ? 'B' : 'A'}`,
      invitation.code,
      'nonsense',
    ]
    const details = new Set<string>()
    for (const code of wrong) details.add(expectProblem(await open(code), 410, 'HANDOVER_VOID').detail)
    const late = await eventually(
      () => open(expiring.code),
      ({ status }) => status !== 200,
    )
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(expiring.expiresAt))
    details.add(expectProblem(late, 410, 'HANDOVER_VOID').detail)
    expect(details.size).toBe(1)
    expect((await rotation.tenant.api.json('GET', handoversPath())).body).toEqual([])
    const answer = { code: revoked.code, fingerprintSha256: scene.first.fingerprintSha256, mappings: [] }
    expectProblem(await inTurn(answerPath, answer), 410, 'HANDOVER_VOID')
    expectProblem(
      await rotation.tenant.api.json('DELETE', `${handoversPath()}/${revoked.id}`),
      404,
      'HANDOVER_NOT_FOUND',
    )
  })

  it('takes no answer about what it did not show, or about other mappings', async () => {
    const { code } = await handOver()
    const answer = (parts: object) =>
      inTurn(answerPath, { code, fingerprintSha256: scene.first.fingerprintSha256, mappings: [], ...parts })
    expectProblem(await answer({ fingerprintSha256: 'a'.repeat(64) }), 409, 'VERSION_CHANGED')
    expectProblem(await answer({ mappings: [1] }), 409, 'MAPPING_NOT_OF_CERTIFICATE')
    expectProblem(await answer({ note: 'x'.repeat(501) }), 400, 'VALIDATION_FAILED')
    expectProblem(await answer({ note: 'x'.repeat(9_000) }), 413, 'BODY_TOO_LARGE')
    expectProblem(await inTurn(openPath, { code, more: 1 }), 400, 'VALIDATION_FAILED')
  })

  it.each([
    ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, 400, 'EXPIRY_NOT_IN_FUTURE'],
    ['an end that is far away', { expiresAt: '2100-01-01T00:00:00Z' }, 400, 'EXPIRY_TOO_LATE'],
    ['a label of two lines', { label: 'a\nb' }, 400, 'VALIDATION_FAILED'],
    ['another certificate’s mapping', { mappings: [1] }, 409, 'MAPPING_NOT_OF_CERTIFICATE'],
    [
      'more mappings than it may have',
      { mappings: Array.from({ length: 101 }, (_, at) => at + 1) },
      400,
      'LIMIT_EXCEEDED',
    ],
  ])('is not made with %s', async (_, parts, status, code) => {
    const body = { label: 'Anna', mappings: [mappingId], expiresAt: inAnHour(), ...parts }
    expectProblem(await rotation.tenant.api.json('POST', handoversPath(), body), status, code)
  })

  it('can be opened a few times a second from one address, which keeps nobody else from it', async () => {
    const { code } = await handOver()
    const statuses = await Promise.all(Array.from({ length: 30 }, () => statusFrom('127.0.0.11', code)))
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10)
    expect(await statusFrom('127.0.0.12', code)).toBe(200)
  })
})

/** From an address of its own. */
async function statusFrom(localAddress: string, code: string): Promise<number | undefined> {
  const headers = { 'content-type': 'application/json' }
  const attempt = request(scene.system.configApi.url + openPath, { method: 'POST', localAddress, headers })
  attempt.end(JSON.stringify({ code }))
  const [answer] = (await once(attempt, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode
}
