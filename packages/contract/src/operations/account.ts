import { z } from 'zod'
import { operationsById } from '../operation.ts'
import { accountRoutes } from '../routes.ts'
import { approvalRequestedWith } from '../schemas/approval.ts'
import { auditEntry, changeQuery } from '../schemas/audit-entry.ts'
import { settings, settingsRequest } from '../schemas/settings.ts'
import { exampleWebhookTest, webhookTest } from '../schemas/webhook-test.ts'
import { approvalCodes, waitsForApproval } from './approvals.ts'
import { bearer } from './credentials.ts'

const answer = {
  description: 'The settings as they are now',
  json: settings,
  headers: ['ETag'],
  example: {
    unmappedCalls: 'refuse',
    publishKeys: false,
    webhook: { url: 'https://hooks.example/mtls' },
    notices: [
      {
        id: 'kVw7tEn0ZJqf3v0gkWq2mU',
        channel: 'mail',
        to: 'certificates@bank.example',
        events: ['certificate.expiring', 'certificate.expired'],
        shares: [0.33, 0.1, 0.02],
      },
    ],
    approvals: null,
  },
} as const

/** Settings and audit trail of an account. */
export const accountOperations = operationsById(accountRoutes, {
  getSettings: {
    tag: 'settings',
    summary: 'Get the settings of the account',
    credentials: bearer('mtls:admin'),
    answers: { 200: answer },
  },
  changeSettings: {
    tag: 'settings',
    summary: 'Change settings of the account',
    credentials: bearer('mtls:admin'),
    changes: true,
    body: { json: settingsRequest, example: { unmappedCalls: 'refuse' } },
    answers: {
      200: answer,
      202: { ...waitsForApproval, json: approvalRequestedWith('SettingsApprovalRequested', settings) },
    },
    problems: [
      ...approvalCodes,
      'TARGET_URL_NOT_CANONICAL',
      'TARGET_URL_NOT_HTTPS',
      'MAIL_ADDRESS_INVALID',
      'MAIL_NOT_CONFIGURED',
      'NOTICE_NOT_FOUND',
      'NOTICE_NAMED_TWICE',
      'NOTICE_ADDRESS_NEEDED',
      'UNMAPPED_CALLS_NOT_REFUSED',
    ],
  },
  testWebhook: {
    tag: 'settings',
    summary: 'Send a test message to the webhook',
    description:
      'Sends a message of the type `test`, signed like every other, once. A webhook that does not take it is an answer as well: see `delivered`.',
    credentials: bearer('mtls:admin'),
    answers: { 200: { description: 'What the webhook said', json: webhookTest, example: exampleWebhookTest } },
    problems: ['WEBHOOK_NOT_FOUND', 'TOO_MANY_CALLS'],
  },
  testNotice: {
    tag: 'settings',
    summary: 'Send a test notice to one recipient',
    description:
      'Sends a notice of the type `test` once. A recipient that does not take it is an answer as well: see `delivered`.',
    credentials: bearer('mtls:admin'),
    answers: { 200: { description: 'What came of it', json: webhookTest, example: exampleWebhookTest } },
    problems: ['NOTICE_NOT_FOUND', 'MAIL_NOT_CONFIGURED', 'TOO_MANY_CALLS'],
  },
  listChanges: {
    tag: 'audit',
    summary: 'List who changed what, newest first',
    description:
      'Paged always: without `limit`, 100 entries. At most 1,000 changes are looked at for a page, so one with a filter may have fewer entries, or none, while a `Link` leads to the next.',
    credentials: bearer('mtls:admin'),
    query: changeQuery,
    answers: {
      200: {
        description: 'A page of changes',
        json: z.array(auditEntry),
        headers: ['ETag', 'Link'],
        example: [
          {
            revision: 12,
            at: '2026-02-01T09:30:00.000Z',
            actor: 'admin@example.com',
            address: '192.0.2.1',
            action: 'certificates.create',
            subjects: ['2628739923 c1'],
            subjectCount: 1,
            hash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
          },
        ],
      },
    },
  },
})
