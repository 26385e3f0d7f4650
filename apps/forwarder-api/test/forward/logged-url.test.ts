import { describe, expect, it } from '@jest/globals'
import { loggedUrl } from '../../src/forward/logged-url.ts'

describe('what logs say of a url', () => {
  it.each([
    ['/mtls/account/le123/to/7/secret?x', '/mtls/account/le123/to/7'],
    ['/MTLS/account/le123/To/7?x', '/MTLS/account/le123/To/7'],
    ['https://gateway.example/mtls/account/le123/to/7/secret', '/mtls/account/le123/to/7'],
    ['//mtls/account/le123/to/7/secret', '//mtls/account/le123/to/7'],
    ['/mtls/account/le123//to/7/secret', '/mtls/account/le123//to/7'],
    ['/mtls/account//to/7/secret', '/mtls/account//to/7'],
    ['/mtls/account/le123/to//7/secret', '/mtls/account/le123/to/'],
    ['/mtls/account/to/to/7/secret', '/mtls/account/to/to/7'],
    ['/mtls/account/le123/mappings/to/7', '/mtls/account/le123/mappings/to/7'],
    ['/mtls/account/to', '/mtls/account/to'],
    ['http://bank.example/secret?x', 'http://bank.example'],
    ['HTTPS://bank.example:8443', 'HTTPS://bank.example:8443'],
    ['http://user:secret@bank.example/secret', 'http://bank.example'],
    ['http://user:sec@ret@bank.example:8443/secret', 'http://bank.example:8443'],
    ['http://user:sec/ret@bank.example/secret', 'http://user'],
    ['http://[2001:db8::1]:8443/secret', 'http://[2001:db8::1]:8443'],
    ['*', '*'],
    ['bank.example:443', 'bank.example:443'],
  ])('of %s is %s', (url, logged) => {
    expect(loggedUrl(url)).toBe(logged)
  })
})
