import { operationsById } from '../operation.ts'
import { targetCaRoutes } from '../routes.ts'
import { exampleTargetCa, targetCa, targetCaRequest } from '../schemas/target-ca.ts'
import { either } from './credentials.ts'

export const targetCaOperations = operationsById(targetCaRoutes, {
  fetchTargetCa: {
    tag: 'mappings',
    summary: "Fetch a target's CA",
    description:
      'Connects to the target up to twice and sends no request. Nothing is trusted or stored: whoever has compared the fingerprint puts the certificate into a `targetTrust`.',
    credentials: either('mtls:write'),
    body: { json: targetCaRequest, example: { url: 'https://bank.example/token' } },
    answers: {
      200: {
        description: 'What the target sent, and what could vouch for it',
        json: targetCa,
        example: exampleTargetCa,
      },
    },
    problems: ['TARGET_TLS_INVALID', 'TARGET_URL_NOT_CANONICAL', 'TARGET_URL_NOT_HTTPS', 'TOO_MANY_CALLS'],
  },
})
