import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { type RotatedCertificate, RotationScene } from '../support/rotated-certificate.ts'
import { promotion } from '../support/rotation.ts'

let scene: RotationScene
let rotation: RotatedCertificate
let bank: number
let idp: number
let idpUrl: string

beforeAll(async () => {
  scene = await RotationScene.start()
})

/** A certificate that two mappings use: of `/`, and of `/idp`. */
beforeEach(async () => {
  rotation = await scene.onboard()
  const { id } = await rotation.get()
  idpUrl = `${scene.target.url}/idp`
  const made = await rotation.tenant.map({ certificationId: id, serviceId: 'IDP', url: idpUrl, name: 'idp' })
  idp = made.id
  const { body } = await rotation.tenant.api.json<{ id: number; name: string }[]>(
    'GET',
    rotation.tenant.path('mappings'),
  )
  bank = body.find(({ name }) => name === 'm1')?.id ?? 0
  await rotation.expectPresented('first', idpUrl)
})

afterAll(() => scene?.stop())

const presented = async () => [await rotation.presented(), await rotation.presented(idpUrl)]

describe('a version that is promoted mapping by mapping', () => {
  it('is presented by those, then by all, and the way back goes by mapping, too', async () => {
    await rotation.stage(scene.second)
    const some = await rotation.post(promotion, { mappings: [idp] })
    expect(some).toMatchObject({
      status: 200,
      body: {
        fingerprintSha256: scene.first.fingerprintSha256,
        staged: { fingerprintSha256: scene.second.fingerprintSha256 },
        promotion: { version: scene.second.fingerprintSha256, left: 1 },
      },
    })
    await rotation.expectPresented('second', idpUrl)
    expect(await presented()).toEqual(['first', 'second'])
    const fingerprints = [scene.first, scene.second].map(({ fingerprintSha256 }) => `sha256=${fingerprintSha256}`)
    expect([await rotation.told(), await rotation.told(idpUrl)]).toEqual(fingerprints)
    const [whole, ofBank, ofIdp] = await Promise.all([undefined, bank, idp].map((each) => rotation.propagation(each)))
    expect(ofIdp?.body).toMatchObject({ complete: true, instances: [{ current: true }] })
    // What the others present came with their mapping, long before.
    expect(whole?.body.revision).toBeLessThan(ofBank?.body.revision ?? 0)
    expect(ofBank?.body.revision).toBeLessThan(ofIdp?.body.revision ?? 0)
    expectProblem(await rotation.propagation(1), 409, 'MAPPING_NOT_OF_CERTIFICATE')
    const { promotion: told } = await rotation.get()
    expect(told?.mappings).toEqual([
      { id: bank, url: `${scene.target.url}/`, state: 'waiting', since: null },
      { id: idp, url: idpUrl, state: 'presents', since: expect.any(String) },
    ])

    const all = await rotation.post(promotion, { mappings: [String(bank)] })
    expect(all.body).not.toHaveProperty('promotion')
    expect(all).toMatchObject({
      status: 200,
      body: {
        fingerprintSha256: scene.second.fingerprintSha256,
        previous: { fingerprintSha256: scene.first.fingerprintSha256 },
      },
    })
    await rotation.expectPresented('second')
    expect(await presented()).toEqual(['second', 'second'])

    expect(await rotation.post('rollback', { mappings: [idp] })).toMatchObject({
      status: 200,
      body: { promotion: { version: scene.second.fingerprintSha256, left: 1 } },
    })
    await rotation.expectPresented('first', idpUrl)
    expect(await presented()).toEqual(['second', 'first'])
    expectProblem(await rotation.delete('previous'), 409, 'PROMOTION_UNDERWAY')
    await rotation.expectKeys(2)
  })

  it('can be taken back for a mapping before it is in use, and gives way only then', async () => {
    await rotation.stage(scene.second)
    await rotation.post(promotion, { mappings: [bank] })
    await rotation.expectPresented('second')
    expectProblem(await rotation.stage(scene.third), 409, 'PROMOTION_UNDERWAY')
    expectProblem(await rotation.delete('staged'), 409, 'PROMOTION_UNDERWAY')
    await rotation.expectKeys(2)
    expect(await rotation.post('rollback', { mappings: [bank] })).toMatchObject({ status: 200 })
    await rotation.expectPresented('first')
    expect(await rotation.delete('staged')).toMatchObject({ status: 200 })
    await rotation.expectKeys(1)
  })

  it('is in use for good once the last mapping that does not present it is gone', async () => {
    await rotation.stage(scene.second)
    await rotation.post(promotion, { mappings: [idp] })
    await rotation.expectPresented('second', idpUrl)
    expect((await rotation.tenant.api.json('DELETE', rotation.tenant.path(`mappings/${bank}`))).status).toBe(200)
    expect(await rotation.get()).toMatchObject({
      fingerprintSha256: scene.second.fingerprintSha256,
      previous: { fingerprintSha256: scene.first.fingerprintSha256 },
    })
    expect(await rotation.presented(idpUrl)).toBe('second')
    expect(await rotation.stage(scene.third)).toMatchObject({ status: 201 })
    expect(await rotation.presented(idpUrl)).toBe('second')
    await rotation.expectKeys(3)
  })

  it('is presented to whoever asks for it, and so is the one in use, whatever the mapping presents', async () => {
    const [first, second, third] = [scene.first, scene.second, scene.third].map((each) => each.fingerprintSha256)
    const unknown = [424, 'CERTIFICATE_VERSION_UNKNOWN', undefined]
    expect(await rotation.asking(second ?? '')).toEqual(unknown)

    await rotation.stage(scene.second)
    await eventually(
      () => rotation.asking(second ?? ''),
      (answer) => answer[0] === 200,
    )
    expect(await rotation.asking(second?.toUpperCase() ?? '')).toEqual([200, 'second', `sha256=${second}`])
    expect(await presented()).toEqual(['first', 'first'])

    await rotation.post(promotion, { mappings: [idp] })
    await rotation.expectPresented('second', idpUrl)
    expect(await rotation.asking(first ?? '', idpUrl)).toEqual([200, 'first', `sha256=${first}`])
    expect(await rotation.asking(second ?? '')).toEqual([200, 'second', `sha256=${second}`])
    expect(await rotation.asking(third ?? '')).toEqual(unknown)
    expect(await rotation.asking('second')).toEqual([400, 'VALIDATION_FAILED', undefined])
    // Without a mapping it would go out without a certificate.
    expect(await rotation.asking(first ?? '', `${scene.target.url}/unmapped`)).toEqual([
      500,
      'NO_CERTIFICATE_FOR_CALL',
      undefined,
    ])
  })

  it('is refused for mappings of other certificates, and for what is no list of ids', async () => {
    await rotation.stage(scene.second)
    expectProblem(await rotation.post(promotion, { mappings: [idp, 1] }), 409, 'MAPPING_NOT_OF_CERTIFICATE')
    expectProblem(await rotation.post('rollback', { mappings: [1] }), 409, 'MAPPING_NOT_OF_CERTIFICATE')
    expectProblem(await rotation.post(promotion, { mappings: [] }), 400, 'VALIDATION_FAILED')
    expectProblem(await rotation.post(promotion, { mappings: [idp, 'AAA'] }), 400, 'VALIDATION_FAILED')
    expectProblem(await rotation.post('rollback', { mappings: ['AAA'] }), 400, 'VALIDATION_FAILED')
    expectProblem(await rotation.post(promotion, { mapings: [idp] }), 400, 'VALIDATION_FAILED')
    expect(await presented()).toEqual(['first', 'first'])
  })
})
