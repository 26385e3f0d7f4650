import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { callRoutes } from '../routes.ts'
import { callQuery, recentCall } from '../schemas/recent-call.ts'
import { either } from './credentials.ts'

export const callOperations = operationsById(callRoutes, {
  listCalls: {
    tag: 'calls',
    summary: 'List recent calls, newest first',
    description:
      'The last 500 calls of the account that did not succeed, and some of those that did (100 at most), of the last 7 days. An entry appears within some seconds. Paged always: without `limit`, 100 entries.',
    credentials: either('mtls:read'),
    query: callQuery,
    answers: {
      200: {
        description: 'A page of calls',
        json: z.array(recentCall),
        headers: ['Link'],
        example: [
          {
            id: 1_769_938_200_000_000,
            at: '2026-02-01T09:30:00.000Z',
            outcome: 'failed',
            requestId: '5f3c9a52-6f0e-4d5e-9e3a-0d6c3f6b8a10',
            method: 'POST',
            url: 'https://bank.example/token',
            serviceName: 'IDP',
            caller: 'le123.k7Jw',
            clientAddress: '192.0.2.1',
            mappingId: 4_569_253_110,
            certificateId: 2_628_739_923,
            fingerprintSha256: '3f0c3d4e8c5f6b7a3f0c3d4e8c5f6b7a3f0c3d4e8c5f6b7a3f0c3d4e8c5f6b7a',
            status: 424,
            code: 'TARGET_UNREACHABLE',
            transportCode: 'TIMEOUT',
            phase: 'connect',
            ms: 10_003.2,
            lookUpMs: 3.1,
            connectMs: 10_000,
          },
        ],
      },
    },
    problems: ['COORDINATION_UNAVAILABLE'],
  },
})
