import { operationsById } from '../operation.ts'
import { healthRoutes } from '../routes.ts'
import { liveness, readiness } from '../schemas/health.ts'

/** What both services have. */
export const healthOperations = operationsById(healthRoutes, {
  getLiveness: {
    tag: 'health',
    credentials: 'none',
    summary: 'Whether the process answers at all',
    answers: { 200: { description: 'It does', json: liveness, example: { status: 'ok' } } },
  },
  getReadiness: {
    tag: 'health',
    credentials: 'none',
    summary: 'Whether the service takes requests, and what it depends on',
    answers: {
      200: {
        description: 'It takes requests',
        json: readiness,
        example: { status: 'ok', checks: { 'secret-store': 'ok', coordination: 'ok' } },
      },
      503: {
        description: 'During start and shutdown, and until the store has answered once',
        json: readiness,
        example: { status: 'starting', checks: { 'secret-store': 'failing', coordination: 'ok' } },
      },
    },
  },
})
