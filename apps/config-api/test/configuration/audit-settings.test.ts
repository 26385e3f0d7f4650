import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { readConfiguration } from '../../src/configuration/configuration.ts'

const directory = mkdtempSync(join(tmpdir(), 'audit-settings-'))
const [secretFile, otherFile] = [join(directory, 'secret'), join(directory, 'other')]
writeFileSync(secretFile, `whsec_${Buffer.alloc(32, 7).toString('base64')}\n`)
writeFileSync(otherFile, 'verysecret')
afterAll(() => rmSync(directory, { recursive: true }))

const webhook = { AUDIT_WEBHOOK_URL: 'https://siem.example/audit', AUDIT_WEBHOOK_SECRET_FILE: secretFile }

describe('the receivers of the audit', () => {
  it.each([
    {},
    webhook,
    { AUDIT_OTLP_ENDPOINT: 'http://127.0.0.1:4318' },
    { ...webhook, AUDIT_OTLP_ENDPOINT: 'https://collector.example:4318', AUDIT_FILE: '/var/log/audit.jsonl' },
  ])('may be %j', (environment) => {
    expect(readConfiguration(environment)).toMatchObject({ auditFileMiB: 64 })
  })

  it.each([
    [{ AUDIT_WEBHOOK_URL: webhook.AUDIT_WEBHOOK_URL }, /AUDIT_WEBHOOK_SECRET_FILE is required together with/],
    [{ AUDIT_WEBHOOK_SECRET_FILE: secretFile }, /AUDIT_WEBHOOK_URL is required together with/],
    [{ ...webhook, AUDIT_WEBHOOK_URL: 'http://siem.example/audit' }, /AUDIT_WEBHOOK_URL must be an https url/],
    [{ ...webhook, AUDIT_WEBHOOK_SECRET_FILE: otherFile }, /AUDIT_WEBHOOK_SECRET_FILE must name a file with a secret/],
    [{ AUDIT_OTLP_ENDPOINT: 'http://collector.example:4318' }, /AUDIT_OTLP_ENDPOINT must be an https url/],
    [{ AUDIT_FILE_MIB: '0' }, /AUDIT_FILE_MIB must be a whole number/],
  ])('may not be %j', (environment, problem) => {
    expect(() => readConfiguration(environment)).toThrow(problem)
    expect(() => readConfiguration(environment)).not.toThrow(/verysecret/)
  })
})
