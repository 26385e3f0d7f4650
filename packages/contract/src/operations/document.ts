import { z } from 'zod'
import { limits } from '../limits.ts'
import { operationsById } from '../operation.ts'
import { documentRoutes } from '../routes.ts'
import {
  accountDocument,
  appliedDocument,
  documentQuery,
  documentRequest,
  exampleApplied,
  exampleDocument,
  repeatedDocument,
} from '../schemas/document.ts'
import { sentRecord } from '../schemas/fields.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { either } from './credentials.ts'

const tag = 'document'

export const documentOperations = operationsById(documentRoutes, {
  getDocument: {
    tag,
    summary: 'Get the account as a document',
    description:
      'Certificates, trust lists and mappings by name, without keys and secrets. Who may administer the account by a token also gets its app keys and settings.',
    credentials: either('mtls:read'),
    answers: {
      200: { description: 'The document', json: accountDocument, headers: ['ETag'], example: exampleDocument },
    },
  },
  applyDocument: {
    tag,
    summary: 'Make the account as a document says',
    description:
      'In one change, all or nothing. What the document does not name stays, but for what `prune` deletes. What single operations ask `mtls:admin` for needs it here as well. With `dryRun`, the answer says what would be changed, and whether that waits for approval.',
    credentials: either('mtls:write'),
    changes: true,
    query: documentQuery,
    body: {
      json: documentRequest,
      checkedAs: sentRecord(z.unknown(), limits.documentParts),
      example: { mappings: { 'bank-token': { enable: true } } },
    },
    answers: {
      200: {
        description: 'What was changed, or would be',
        json: appliedDocument,
        repeated: z.union([appliedDocument, repeatedDocument]),
        headers: ['ETag'],
        example: exampleApplied,
      },
      202: waitsForApproval,
    },
    problems: [...approvalCodes, 'DOCUMENT_FAULTY'],
  },
})
