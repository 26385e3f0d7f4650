import { describe, expect, it } from '@jest/globals'
import { readConfiguration } from '../../src/configuration/configuration.ts'

/** Any readable file. */
const passwordFile = import.meta.filename
const mail = { SMTP_URL: 'smtp://mail.example:587', SMTP_FROM: 'gateway@mtls.example' }

describe('the mail server of notices', () => {
  it.each([
    {},
    mail,
    { ...mail, SMTP_URL: 'smtps://mail.example' },
    { ...mail, SMTP_URL: 'smtp://user%40mtls@mail.example', SMTP_PASSWORD_FILE: passwordFile },
    { ...mail, SMTP_URL: 'smtp://127.0.0.1:1025', SMTP_TLS: 'plain' },
    { ...mail, SMTP_URL: 'smtp://localhost:1025', SMTP_TLS: 'plain' },
    { ...mail, SMTP_URL: 'smtp://[::1]:1025', SMTP_TLS: 'plain' },
  ])('may be %j', (environment) => {
    expect(readConfiguration(environment)).toMatchObject({
      smtpUrl: 'SMTP_URL' in environment ? environment.SMTP_URL : undefined,
    })
  })

  it.each([
    [{ ...mail, SMTP_URL: 'https://mail.example' }, /SMTP_URL must be smtp/],
    [{ ...mail, SMTP_URL: 'smtp://user:verysecret@mail.example' }, /SMTP_URL must be smtp/],
    [{ ...mail, SMTP_URL: 'smtp://mail.example/?tls=no' }, /SMTP_URL must be smtp/],
    [{ ...mail, SMTP_FROM: 'Gateway <gateway@mtls.example>' }, /SMTP_FROM must be one mail address/],
    [{ SMTP_URL: mail.SMTP_URL }, /SMTP_FROM is required together with SMTP_URL/],
    [{ ...mail, SMTP_URL: 'smtp://user@mail.example' }, /SMTP_PASSWORD_FILE goes together with a user/],
    [{ ...mail, SMTP_PASSWORD_FILE: passwordFile }, /SMTP_PASSWORD_FILE goes together with a user/],
    [{ ...mail, SMTP_TLS: 'plain' }, /SMTP_TLS may be plain only for/],
    [{ ...mail, SMTP_URL: 'smtps://localhost', SMTP_TLS: 'plain' }, /SMTP_TLS may be plain only for/],
  ])('may not be %j', (environment, problem) => {
    expect(() => readConfiguration(environment)).toThrow(problem)
    expect(() => readConfiguration(environment)).not.toThrow(/verysecret/)
  })
})
