import { operationsById } from '../operation.ts'
import { trialRoutes } from '../routes.ts'
import { exampleTrial, trial, trialRequest } from '../schemas/trial.ts'
import { either } from './credentials.ts'
import { proberCodes } from './prober-codes.ts'
import { trustCodes } from './trust-codes.ts'

export const trialOperations = operationsById(trialRoutes, {
  tryCertificate: {
    tag: 'key tester',
    summary: 'Call a url with a stored certificate, without mapping it',
    description:
      'Nothing is mapped or stored, except that the audit trail says who used the key, and for which host. A target that refuses the certificate, or can not be reached, is an answer as well: see `error`.',
    credentials: either('mtls:write'),
    body: { json: trialRequest, example: { url: 'https://bank.example/token' } },
    answers: { 200: { description: 'What the target said', json: trial, example: exampleTrial } },
    problems: [
      'CERTIFICATE_NOT_FOUND',
      'CERTIFICATE_PENDING_SIGNATURE',
      'CLIENT_CERTIFICATE_EXPIRED',
      'CLIENT_CERTIFICATE_NOT_YET_VALID',
      'STAGED_NOT_FOUND',
      'STAGED_PENDING',
      'TARGET_TLS_INVALID',
      ...trustCodes,
      ...proberCodes,
      // The use of the key is written to the audit trail first.
      'ACCOUNT_BUSY',
      'ACCOUNT_FULL',
      'STORE_REFUSED',
      'STORE_NOT_WRITABLE',
    ],
  },
})
