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
  ])('of %s is %s', (url, logged) => {
    expect(loggedUrl(url)).toBe(logged)
  })
})
