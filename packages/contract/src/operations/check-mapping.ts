import { limits } from '../limits.ts'
import { operationsById } from '../operation.ts'
import { checkMappingRoutes } from '../routes.ts'
import { checkedEntries, checkMappingAnswer, checkMappingQuery, entriesOfAccount } from '../schemas/check-mapping.ts'
import { either } from './credentials.ts'

const body = { list: { of: 'body', limit: limits.checkedMappings } }
const entry = { serviceName: 'IDP', accountId: 'le123', url: 'https://bank.example/token' }

const check = {
  tag: 'check mapping',
  credentials: either('mtls:read'),
  query: checkMappingQuery,
  answers: {
    200: {
      description: 'One answer for each entry, in the form that `v` names',
      json: checkMappingAnswer,
      example: [{ ...entry, doExist: true }],
    },
  },
  problems: [
    'UNKNOWN_SERVICE',
    'TARGET_URL_NOT_CANONICAL',
    'TARGET_URL_NOT_HTTPS',
    'WRONG_ACCOUNT',
    'ACCOUNT_ID_INVALID',
  ],
} as const

export const checkMappingOperations = operationsById(checkMappingRoutes, {
  checkMapping: {
    ...check,
    summary: 'Check whether calls would present a certificate',
    body: { ...body, json: checkedEntries, example: [entry] },
  },
  checkMappingOfAccount: {
    ...check,
    summary: 'Check whether calls of an account would present a certificate',
    description: 'Entries that name no account are of that of the path.',
    body: { ...body, json: entriesOfAccount, example: [entry] },
  },
})
