/** Values of the documents' examples; a test holds each against its schema. */
export const exampleCertificate = {
  id: 2_628_739_923,
  deleted: false,
  name: 'c1',
  displayName: 'c1',
  siteId: 'le123',
  status: 'Available',
  expirationDate: '2027-01-31T00:00:00.000Z',
  fingerprintSha256: '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881',
  subject: 'CN=client.example,O=Example',
  issuer: 'CN=Example CA',
  serialNumber: '5f3a9c01',
  keyType: 'RSA-2048',
  notBefore: '2026-01-31T00:00:00.000Z',
  clientAuth: 'present',
  warnings: [],
  createdAt: '2026-02-01T09:30:00.000Z',
  updatedAt: '2026-02-01T09:30:00.000Z',
}

export const examplePending = {
  ...exampleCertificate,
  status: 'PendingSignature',
  expirationDate: null,
  fingerprintSha256: null,
  issuer: null,
  serialNumber: null,
  notBefore: null,
  clientAuth: null,
}

export const exampleMapping = {
  id: 4_569_253_110,
  deleted: false,
  url: 'https://bank.example/token',
  enable: true,
  serviceId: '1',
  siteId: 'le123',
  name: 'm1',
  certificationId: '2628739923',
}

export const exampleNewMapping = {
  name: 'm1',
  certificationId: '2628739923',
  serviceId: 'IDP',
  url: 'https://bank.example/token',
  enable: true,
}

export const exampleSaveResult = {
  successfulySavedCertificates: [exampleCertificate],
  failedSaveToVaultCertificates: [],
}

export const exampleSubject = { commonName: 'client.example', organization: 'Example' }

export const exampleTrial = {
  status: 204,
  explanation: 'The target took the certificate and answered 204.',
  error: null,
  handshake: {
    protocol: 'TLSv1.3',
    cipher: 'TLS_AES_256_GCM_SHA384',
    authorized: true,
    targetCertificate: {
      subject: 'CN=bank.example',
      issuer: 'CN=Public CA',
      subjectAltName: 'DNS:bank.example',
      notAfter: '2027-03-01T00:00:00.000Z',
      fingerprintSha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    },
  },
  acceptableIssuers: [],
  chainAcceptable: null,
  alert: null,
}
