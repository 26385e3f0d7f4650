import { expect, it } from '@jest/globals'
import { editCommand, mapCommand } from '../../src/web/pages/mappings/mapping-command.ts'
import {
  differencesOf,
  draftOf,
  emptyDraft,
  requestOf,
  whatIsMissing,
} from '../../src/web/pages/mappings/mapping-draft.ts'

const draft = { ...emptyDraft, name: 'bank', serviceId: '1', url: 'https://bank.example/*', certificationId: '7' }

it('asks for what the form has, and for nothing where it is empty', () => {
  expect(requestOf(draft)).toEqual({
    name: 'bank',
    serviceId: '1',
    url: 'https://bank.example/*',
    certificationId: '7',
    enable: true,
    answerTimeoutSeconds: null,
    targetTrust: null,
    targetTls: null,
    targetAuth: null,
    messageSignature: null,
  })
})

it('asks for a token, without the secret that stays, and for header fields with the values that are typed', () => {
  const targetAuth = {
    ...{ type: 'oauth2', tokenUrl: 'https://auth.example/token', clientId: 'c', method: 'client_secret_post' },
    ...{ scope: 'a b', parameters: { resource: 'https://bank.example' } },
  } as const
  const known = { id: 3, deleted: false, siteId: 'le123', ...draft, answerTimeoutSeconds: 90 }
  const shown = draftOf({ ...known, targetAuth: { ...targetAuth, hasSecret: true } })
  expect(requestOf(shown).targetAuth).toEqual(targetAuth)
  expect(requestOf({ ...shown, clientSecret: 's' }).targetAuth).toEqual({ ...targetAuth, secret: 's' })
  expect(requestOf({ ...shown, clientSecret: 's', method: 'tls_client_auth' }).targetAuth).not.toHaveProperty('secret')
  expect(requestOf({ ...shown, authType: '' }).targetAuth).toBeNull()
  expect(editCommand({ ...shown, authType: '' }, shown, 'IDP', 'c1')).toBe(
    'mtls mappings edit bank --remove-target-auth --answer-timeout 90',
  )

  const headers = draftOf({ ...known, targetAuth: { type: 'headers', headers: [{ name: 'X-A' }, { name: 'X-B' }] } })
  const [first, second] = headers.headers
  const changed = { ...headers, headers: [first, { ...second, value: 'b' }] } as typeof headers
  expect(requestOf(changed).targetAuth).toEqual({
    type: 'headers',
    headers: [{ name: 'X-A' }, { name: 'X-B', secret: 'b' }],
  })
  expect(editCommand(changed, headers, 'IDP', 'c1')).toBe(
    'mtls mappings edit bank --answer-timeout 90 --target-header-file X-A=x-a.txt --target-header-file X-B=x-b.txt',
  )
  expect(differencesOf(changed, headers)).toEqual([
    { field: 'Header fields', mine: 'X-A, X-B with another value', theirs: 'X-A, X-B' },
  ])
})

it('asks for the signature that is filled in, and shows it again', () => {
  const known = { id: 3, deleted: false, siteId: 'le123', ...draft, answerTimeoutSeconds: 90 }
  const jws = {
    ...({ scheme: 'jws', certificationId: '9', algorithm: 'PS256', keyId: '90210ABAD' } as const),
    ...({ headerName: 'x-sig', unencodedPayload: true, protectedHeader: { tan: 'ob' }, issuedAt: 'iat' } as const),
  }
  const shown = draftOf({ ...known, messageSignature: jws })
  expect(requestOf(shown).messageSignature).toEqual(jws)
  expect(requestOf({ ...shown, signatureScheme: 'rfc9421' }).messageSignature).toEqual({
    ...{ scheme: 'rfc9421', certificationId: '9', keyId: '90210ABAD' },
  })
  const byKey = { scheme: 'rfc9421', signingKey: true } as const
  expect(requestOf(draftOf({ ...known, messageSignature: byKey })).messageSignature).toEqual(byKey)
  expect(requestOf({ ...shown, signatureScheme: '' }).messageSignature).toBeNull()
  expect(editCommand(shown, draftOf(known), 'IDP', 'c1')).toBe(
    'mtls mappings edit bank --answer-timeout 90 --signature-scheme jws --signature-certificate 9 ' +
      '--signature-algorithm PS256 --signature-key-id 90210ABAD --signature-header-name x-sig --signature-unencoded ' +
      '--signature-protected-header tan=ob --signature-issued-at iat',
  )
  const twice = [...shown.protectedMembers, ...shown.protectedMembers]
  expect(whatIsMissing({ ...shown, protectedMembers: twice })).toContain('“tan”')
})

it('does not lose one of two parameters of the same name', () => {
  const two = [
    { name: 'resource', value: 'a' },
    { name: 'resource', value: 'b' },
  ]
  expect(whatIsMissing({ ...draft, authType: 'oauth2', parameters: two })).toContain('resource')
  expect(whatIsMissing({ ...draft, parameters: two })).toBeUndefined()
})

it('asks for what is to be offered to the target, and shows it again', () => {
  const offering = {
    ...draft,
    ...{ tlsMax: '1.2', legacyRenegotiation: true, tlsCiphers: 'AES128-SHA  AES256-SHA', tlsGroups: 'X25519,P-256,' },
  }
  const { targetTls } = requestOf(offering)
  const wanted = {
    ...({ maxVersion: '1.2', legacyRenegotiation: true } as const),
    ...{ ciphers: ['AES128-SHA', 'AES256-SHA'], groups: ['X25519', 'P-256'] },
  }
  expect(targetTls).toEqual(wanted)
  const shown = draftOf({
    id: 3,
    deleted: false,
    siteId: 'le123',
    ...draft,
    answerTimeoutSeconds: 90,
    targetTls: wanted,
  })
  expect(requestOf(shown).targetTls).toEqual(wanted)
  expect(mapCommand(offering, 'IDP', 'c1')).toContain(
    ' --tls-max 1.2 --tls-legacy-renegotiation --tls-ciphers AES128-SHA,AES256-SHA --tls-groups X25519,P-256',
  )
  expect(editCommand(draft, { ...draft, tlsMin: '1.3' }, 'IDP', 'c1')).toBe(
    'mtls mappings edit bank --remove-target-tls',
  )
})

it('asks for the trust that is filled in', () => {
  const { targetTrust, answerTimeoutSeconds } = requestOf({
    ...draft,
    spkiPins: ' sha256/a \n sha256/b\n',
    serverName: ' bank.internal ',
    answerTimeoutSeconds: '90',
  })
  expect(targetTrust).toEqual({ spkiPins: ['sha256/a', 'sha256/b'], serverName: 'bank.internal' })
  expect(answerTimeoutSeconds).toBe(90)
})

it('asks for a trust list in place of certificates of its own', () => {
  const listed = { ...draft, caCertificates: 'PEM', trust: 'bank-ca', serverName: 'bank.internal' }
  const targetTrust = { trust: 'bank-ca', serverName: 'bank.internal' }
  expect(requestOf(listed).targetTrust).toEqual(targetTrust)
  expect(draftOf({ id: 3, deleted: false, siteId: 'le123', ...draft, answerTimeoutSeconds: 90, targetTrust })).toEqual({
    ...listed,
    ...{ caCertificates: '', answerTimeoutSeconds: '90' },
  })
  expect(mapCommand(listed, 'IDP', 'c1')).toContain(' --trust bank-ca --target-server-name bank.internal')
  expect(editCommand(draft, listed, 'IDP', 'c1')).toBe('mtls mappings edit bank --remove-target-trust')
})

it('shows a mapping as the gateway has it, so that saving it unchanged changes nothing', () => {
  const mapping = { id: 3, deleted: false, siteId: 'le123', ...draft, answerTimeoutSeconds: 90 }
  expect(requestOf(draftOf(mapping))).toMatchObject({ name: 'bank', answerTimeoutSeconds: 90, targetTrust: null })
})

it('names the fields that two people changed', () => {
  const theirs = { ...draft, url: 'https://bank.example/v2/*', enable: false }
  expect(differencesOf(draft, theirs)).toEqual([
    { field: 'Url', mine: 'https://bank.example/*', theirs: 'https://bank.example/v2/*' },
    { field: 'Enabled', mine: 'yes', theirs: 'no' },
  ])
})

it('has the command that does the same', () => {
  expect(mapCommand(draft, 'IDP', 'my client')).toBe(
    "mtls map 'my client' --service-name IDP --url 'https://bank.example/*' --name bank",
  )
  const changed = { ...draft, url: 'https://bank.example/v2', enable: false }
  expect(editCommand(changed, draft, 'IDP', 'my client')).toBe(
    'mtls mappings edit bank --url https://bank.example/v2\nmtls mappings disable bank',
  )
})

it('has a command only for what is changed', () => {
  expect(editCommand(draft, draft, 'IDP', 'my client')).toBeUndefined()
  expect(editCommand({ ...draft, enable: false }, draft, 'IDP', 'my client')).toBe('mtls mappings disable bank')
  const trusting = { ...draft, caCertificates: 'PEM', serverName: 'bank.internal' }
  expect(editCommand({ ...trusting, name: 'other' }, trusting, 'IDP', 'my client')).toBe(
    'mtls mappings edit bank --name other',
  )
})
