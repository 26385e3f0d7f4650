import { describe, expect, it } from '@jest/globals'
import {
  type Account,
  type AskedSignature,
  type Certificate,
  type Command,
  checkMessageSignature,
  completeRequest,
  createCertificates,
  createMappings,
  deleteCertificate,
  type ErrorCode,
  explainMapping,
  parseMappingUrl,
  parseRecordId,
  parseTargetUrl,
  promoteMappings,
  promoteStaged,
  replaceCertificates,
  requestCertificate,
  signatureAlgorithmFor,
  signedParts,
  signingKeyAlgorithmFor,
  signsBody,
  stageVersion,
  unfitSigningKeySentence,
  updateMappings,
  versionDifferenceCodes,
} from '../../src/index.ts'
import {
  certificateId,
  context,
  mappingId,
  newCertificate,
  newMapping,
  request,
  uploaded,
  version,
} from '../account-fixtures.ts'
import { after, errorOf } from '../applying.ts'
import { finished } from '../finished.ts'

describe('what a messageSignature may say', () => {
  it('is kept as it was asked for, with names in lower case', () => {
    const asked: AskedSignature = {
      scheme: 'cavage',
      certificateId: undefined,
      headers: ['(request-target)', 'Host', 'X-Request-ID'],
      optionalHeaders: ['PSU-ID'],
    }
    expect(checkMessageSignature(asked)).toEqual({
      scheme: 'cavage',
      headers: ['(request-target)', 'host', 'x-request-id'],
      optionalHeaders: ['psu-id'],
    })
    const no = { signingKey: false, unencodedPayload: false }
    expect(checkMessageSignature({ scheme: 'jws', ...no })).toEqual({ scheme: 'jws' })
    expect(checkMessageSignature({ scheme: 'jws', signingKey: true })).toEqual({ scheme: 'jws', signingKey: true })
  })

  it.each<[AskedSignature, string, RegExp]>([
    [{ scheme: 'jws', headers: ['date'] }, 'headers', /"jws" has no "headers"/],
    [{ scheme: 'cavage', components: ['@method'] }, 'components', /has no "components"/],
    [{ scheme: 'rfc9421', headerName: 'x' }, 'headerName', /has no "headerName"/],
    [{ scheme: 'jws', algorithm: 'rsa-sha256' }, 'algorithm', /signs by PS256, RS256/],
    [{ scheme: 'rfc9421', keyId: 'a"b' }, 'keyId', /without quotes/],
    [{ scheme: 'jws', keyId: 'a\r\nb' }, 'keyId', /printable ASCII/],
    [{ scheme: 'cavage', headers: ['@method'] }, 'headers', /nothing that can be signed/],
    [{ scheme: 'rfc9421', components: ['(request-target)'] }, 'components', /nothing that can be signed/],
    [{ scheme: 'cavage', headers: ['date', 'DATE'] }, 'headers', /"date" is there twice/],
    [{ scheme: 'cavage', headers: ['Signature'] }, 'headers', /cannot be signed/],
    [{ scheme: 'cavage', headers: ['lp-forward-url'] }, 'headers', /cannot be signed/],
    [{ scheme: 'rfc9421', components: ['X_Forwarded_For'] }, 'components', /cannot be signed/],
    [{ scheme: 'rfc9421', optionalHeaders: ['connection'] }, 'optionalHeaders', /cannot be signed/],
    [{ scheme: 'rfc9421', optionalHeaders: ['content-digest'] }, 'optionalHeaders', /signed in any case/],
    [{ scheme: 'cavage', headers: ['date'], optionalHeaders: ['digest'] }, 'optionalHeaders', /or not at all/],
    [{ scheme: 'jws', headerName: 'Host' }, 'headerName', /Choose another/],
    [{ scheme: 'jws', protectedHeader: { alg: 'none' } }, 'protectedHeader', /sets "alg" itself/],
    [{ scheme: 'jws', issuedAt: 'crit' }, 'protectedHeader', /sets "crit" itself/],
    [{ scheme: 'jws', issuedAt: 'iat', protectedHeader: { iat: '1' } }, 'issuedAt', /there twice/],
    [{ scheme: 'jws', certificateId: certificateId(2), signingKey: true }, 'signingKey', /Leave one of them out/],
  ])('is not %j', (asked, field, message) => {
    expect(errorOf(() => checkMessageSignature(asked))).toMatchObject({
      code: 'MESSAGE_SIGNATURE_INVALID',
      message: expect.stringMatching(message),
      details: { field: `messageSignature.${field}` },
    })
  })

  it('has the algorithm that fits the key', () => {
    expect(signatureAlgorithmFor({ scheme: 'cavage' }, 'RSA-4096')).toBe('rsa-sha256')
    expect(signatureAlgorithmFor({ scheme: 'jws' }, 'EC-P256')).toBe('ES256')
    expect(signatureAlgorithmFor({ scheme: 'rfc9421', algorithm: 'rsa-v1_5-sha256' }, 'RSA-2048')).toBe(
      'rsa-v1_5-sha256',
    )
    for (const keyType of ['RSA-PSS-2048', 'EC-P384', 'Ed448']) {
      expect(signatureAlgorithmFor({ scheme: 'jws' }, keyType)).toBeUndefined()
    }
    expect(signatureAlgorithmFor({ scheme: 'cavage' }, 'Ed25519')).toBeUndefined()
  })

  it('has the algorithm of the signing key, whatever else its type can', () => {
    expect(signingKeyAlgorithmFor({ scheme: 'jws' }, 'RS256')).toBe('RS256')
    expect(signingKeyAlgorithmFor({ scheme: 'rfc9421' }, 'EdDSA')).toBe('ed25519')
    expect(signingKeyAlgorithmFor({ scheme: 'cavage', algorithm: 'ecdsa-sha256' }, 'ES256')).toBe('ecdsa-sha256')
    expect(signingKeyAlgorithmFor({ scheme: 'jws', algorithm: 'PS256' }, 'RS256')).toBeUndefined()
    expect(signingKeyAlgorithmFor({ scheme: 'rfc9421' }, 'PS256')).toBeUndefined()
    expect(unfitSigningKeySentence({ scheme: 'rfc9421' }, 'PS256')).toBe(
      'The signing key of the account is for PS256. Of signing keys, the scheme "rfc9421" takes those for RS256, ES256, EdDSA.',
    )
    expect(unfitSigningKeySentence({ scheme: 'jws', algorithm: 'PS256' }, 'ES256')).toMatch(/"PS256" takes .* PS256\.$/)
  })

  it('says whether a body has to be held', () => {
    expect(signsBody({ scheme: 'jws' })).toBe(true)
    expect(signsBody({ scheme: 'rfc9421' })).toBe(true)
    expect(signsBody({ scheme: 'cavage', headers: ['date'] })).toBe(false)
    expect(signedParts({ scheme: 'cavage' })).toEqual(['(request-target)', 'date', 'digest'])
  })
})

describe('a mapping whose requests are signed', () => {
  const seal = newCertificate(2, 'seal')
  const longer = { ...newCertificate(1, 'c1'), version: version('v1', '2040-01-01T00:00:00.000Z') }
  const certificates = createCertificates(context('c'), [longer, seal])
  const messageSignature = { scheme: 'jws', certificateId: certificateId(2) } as const
  const signed = createMappings(context('m'), [{ ...newMapping(10, 'm1', 1), messageSignature }])
  const withKey = (keyType: string): Pick<Certificate, 'current'> => ({ current: { ...seal.version, keyType } })
  const sealWith =
    (keyType: string): Command<void> =>
    (account) => {
      const changed = account.certificates.map((each) =>
        each.name === 'seal' ? { ...each, ...withKey(keyType) } : each,
      )
      return { account: { ...account, certificates: changed }, result: undefined, revoked: [] }
    }
  const problemOf = (account: Account, at: string): ErrorCode | undefined => {
    const { normalised } = parseTargetUrl('https://t.example/10')
    return finished(explainMapping(account, undefined, normalised, Date.parse(at))).match?.problem
  }

  it('keeps its signature in an update that says nothing of it, and loses it by null', () => {
    const rename = updateMappings(context('u'), [{ id: mappingId(10), name: 'other' }])
    expect(after(certificates, signed, rename).mappings).toMatchObject([{ name: 'other', messageSignature }])
    const remove = updateMappings(context('u'), [{ id: mappingId(10), messageSignature: null }])
    const { mappings, changes } = after(certificates, signed, remove)
    expect(mappings[0]).not.toHaveProperty('messageSignature')
    expect(changes.at(-1)).toMatchObject({ fields: ['messageSignature'] })
  })

  it('needs a certificate that is there, and keeps it there', () => {
    const unknown = { ...messageSignature, certificateId: certificateId(3) }
    const refused = createMappings(context('m'), [{ ...newMapping(10, 'm1', 1), messageSignature: unknown }])
    expect(errorOf(() => after(certificates, refused))).toMatchObject({
      code: 'MAPPING_CERTIFICATE_UNKNOWN',
      details: { errors: [{ field: 'messageSignature.certificationId' }] },
    })
    const deletion = deleteCertificate(context('d'), certificateId(2))
    expect(errorOf(() => after(certificates, signed, deletion))).toMatchObject({
      code: 'CERTIFICATE_IN_USE',
      details: { mappings: [{ name: 'm1' }] },
    })
  })

  it('needs a key that fits', () => {
    expect(after(certificates, sealWith('Ed25519'), signed).mappings).toHaveLength(1)
    expect(errorOf(() => after(certificates, sealWith('EC-P384'), signed))).toMatchObject({
      code: 'MESSAGE_SIGNATURE_INVALID',
      message: expect.stringContaining('EC-P384'),
      details: { errors: [{ field: 'messageSignature.algorithm' }] },
    })
  })

  it('is explained as one that fails once its certificate has expired', () => {
    const account = after(certificates, signed)
    expect(problemOf(account, '2029-12-31T00:00:00Z')).toBeUndefined()
    expect(problemOf(account, '2031-01-01T00:00:00Z')).toBe('SIGNATURE_CERTIFICATE_UNUSABLE')
  })

  it('is explained as one that fails where the certificate has another key since', () => {
    const account = after(certificates, signed, sealWith('EC-P384'))
    expect(problemOf(account, '2029-12-31T00:00:00Z')).toBe('SIGNATURE_KEY_UNFIT')
  })

  describe('keeps a certificate whose key signs', () => {
    const seal = certificateId(2)
    const next = (keyType: string) => ({ ...version('next'), keyType })
    const staged = stageVersion(context('s'), seal, uploaded('next'))
    const promotion = (keyType: string) =>
      ({ version: next(keyType), force: true, accepted: versionDifferenceCodes }) as const
    const refusal = { code: 'MESSAGE_SIGNATURE_INVALID', message: expect.stringMatching(/"m1".*EC-P384/) }

    it('when it is replaced', () => {
      const replace = (keyType: string) => replaceCertificates(context('r'), [{ id: seal, version: next(keyType) }])
      const account = after(certificates, signed)
      expect(replace('EC-P384')(account)).toEqual({
        account,
        result: [{ error: expect.objectContaining(refusal) }],
        revoked: [],
      })
      expect(replace('Ed25519')(account).result).toMatchObject([{ certificate: { current: { keyType: 'Ed25519' } } }])
      const other = updateMappings(context('u'), [{ id: mappingId(10), messageSignature: null }])
      expect(replace('EC-P384')(after(certificates, signed, other)).result).toMatchObject([{ certificate: {} }])
    })

    it('when its next version is promoted', () => {
      const promote = (keyType: string) => promoteStaged(context('p'), seal, promotion(keyType))
      const account = after(certificates, signed, staged)
      expect(errorOf(() => promote('EC-P384')(account))).toMatchObject(refusal)
      expect(promote('Ed25519')(account).result).toMatchObject({ certificate: { current: { keyType: 'Ed25519' } } })
    })

    it('when its first certificate comes', () => {
      const waits = requestCertificate(context('q'), { id: certificateId(3), name: 'c3', request: request('key') })
      const signature = { scheme: 'jws', certificateId: certificateId(3) } as const
      const signing = createMappings(context('m'), [{ ...newMapping(10, 'm1', 1), messageSignature: signature }])
      const complete = (keyType: string) =>
        completeRequest(context('a'), certificateId(3), {
          ...{ place: 'certificate', version: { ...next(keyType), keyId: parseRecordId('key') } },
        })
      const account = after(certificates, waits, signing)
      expect(errorOf(() => complete('EC-P384')(account))).toMatchObject(refusal)
      expect(complete('EC-P256')(account).result).toMatchObject({ certificate: { current: { keyType: 'EC-P256' } } })
    })

    it('mapping by mapping, for those that sign with what they present', () => {
      const own = certificateId(1)
      const stagedOwn = stageVersion(context('s'), own, uploaded('next'))
      const both = createMappings(context('m'), [
        { ...newMapping(10, 'm1', 1), messageSignature: { scheme: 'jws' } },
        newMapping(11, 'm2', 1),
      ])
      const promote = (...ids: number[]) => promoteMappings(context('p'), own, ids.map(mappingId), promotion('EC-P384'))
      const account = after(certificates, both, stagedOwn)
      expect(errorOf(() => promote(10)(account))).toMatchObject(refusal)
      const { account: half } = promote(11)(account)
      expect(half.mappings).toMatchObject([{}, { pinned: 'next' }])
      expect(errorOf(() => promote(10)(half))).toMatchObject(refusal)
    })
  })

  it('is never one of any host', () => {
    const url = parseMappingUrl('https://*/*')
    const anyHost = createMappings(context('m'), [{ ...newMapping(10, 'm1', 1), url, messageSignature }])
    expect(errorOf(() => after(certificates, anyHost))).toMatchObject({ code: 'MESSAGE_SIGNATURE_INVALID' })
  })
})
