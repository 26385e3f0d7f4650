import { headerNames } from '../headers.ts'
import { operationsById } from '../operation.ts'
import { keyTesterRoutes } from '../routes.ts'
import { testReport } from '../schemas/test-report.ts'
import { bearer } from './credentials.ts'
import { keyMaterialCodes } from './key-material-codes.ts'
import { trustCodes } from './trust-codes.ts'
import { testForm } from './upload-form.ts'

/** The methods that the optional test call may use. */
export const testCallMethods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export const keyTesterOperations = operationsById(keyTesterRoutes, {
  testP12: {
    tag: 'key tester',
    summary: 'Check a PKCS#12 file, or a certificate and key as PEM, without storing it',
    description:
      'With `LP-forward-url` it also calls that url with the certificate, and verifies the target by `targetTrust` over TLS as `targetTls` says, as a mapping does.',
    credentials: bearer('mtls:write'),
    headers: {
      [headerNames.forwardUrl]: { description: 'A url to call with the certificate' },
      [headerNames.methodOverride]: {
        description: 'Its method; `GET` unless given, `POST` with a body',
        values: testCallMethods,
      },
      [headerNames.authorizationOverride]: { description: 'Its `Authorization`' },
      [headerNames.contentTypeOverride]: { description: 'Its `Content-Type`' },
    },
    body: { form: testForm },
    answers: {
      200: {
        description: 'The report; as text where `Accept` begins with `text/plain`',
        json: testReport,
        text: ['text/plain'],
        example: {
          readable: true,
          readBy: 'pkijs',
          container: { mac: 'HMAC-SHA-256', cipher: 'AES-256-CBC', prf: 'HMAC-SHA-256', iterations: 2_048 },
          keys: [{ type: 'RSA', size: 2_048, alias: 'client' }],
          chain: [{ subject: 'CN=client.example', issuer: 'CN=Example CA', notAfter: '2027-01-31T00:00:00.000Z' }],
          keyMatchesCertificate: true,
          javaCompliant: true,
          readableByJava: ['8u301', '11', '17', '21'],
          problems: [],
          call: null,
        },
      },
    },
    problems: [
      ...trustCodes,
      'TARGET_TLS_INVALID',
      'TARGET_URL_NOT_CANONICAL',
      'TARGET_URL_NOT_HTTPS',
      'TOO_MANY_CALLS',
      'KEY_MATERIAL_EXPECTED',
      ...keyMaterialCodes,
    ],
  },
})
