import { describe, expect, it } from '@jest/globals'
import { encodedParameterString, signatureBaseString } from '../src/oauth1/base-string.ts'
import { encodedFormParameters } from '../src/oauth1/form-body.ts'
import { parseOAuth1Header } from '../src/oauth1/header.ts'
import { HmacKey } from '../src/oauth1/hmac-key.ts'
import { type EncodedParameter, queryParameters } from '../src/oauth1/parameters.ts'
import { normaliseFormText } from '../src/oauth1/percent-encoding.ts'
import { isSignature, signingKey } from '../src/oauth1/signature.ts'

function parametersOf(values: Readonly<Record<string, string>>): EncodedParameter[] {
  return Object.entries(values).map(([name, value]) => [name, normaliseFormText(encodeURIComponent(value))])
}

describe('the examples of RFC 5849', () => {
  it('give the base string of section 3.4.1.1', () => {
    const header = parametersOf({
      oauth_consumer_key: '9djdj82h48djs9d2',
      oauth_token: 'kkk9d7dh3k39sjv7',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131201',
      oauth_nonce: '7d8f3e4a',
    })
    const query = queryParameters('b5=%3D%253D&a3=a&c%40=&a2=r%20b')
    const form = encodedFormParameters([...query, ...header], Buffer.from('c2&a3=2+q'))
    expect(signatureBaseString('post', 'http://example.com/request', Buffer.from(form).toString())).toBe(
      'POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26' +
        'c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26' +
        'oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7',
    )
  })

  it('give the signature of section 1.2, made without a token', () => {
    const header = parseOAuth1Header(
      'OAuth realm="Photos", oauth_consumer_key="dpf43f3p2l4k3l03", oauth_signature_method="HMAC-SHA1", ' +
        'oauth_timestamp="137131200", oauth_nonce="wIjqoS", oauth_callback="http%3A%2F%2Fprinter.example.com%2Fready", ' +
        'oauth_signature="74KNZJeDHnMBp0EMJ9ZHt%2FXKycU%3D"',
    )
    const baseString = signatureBaseString(
      'POST',
      'https://photos.example.net/initiate',
      encodedParameterString(header.signedParameters),
    )
    expect(isSignature(header.signature, 'HMAC-SHA1', signingKey('kd94hf93k423kf44'), baseString)).toBe(true)
    expect(isSignature(header.signature, 'HMAC-SHA1', signingKey('kd94hf93k423kf45'), baseString)).toBe(false)
    expect(isSignature(header.signature, 'HMAC-SHA256', signingKey('kd94hf93k423kf44'), baseString)).toBe(false)
  })
})

describe('other published signatures', () => {
  it('match: the photo of RFC 5849 section 1.2, requested with a token', () => {
    const parameters = parametersOf({
      oauth_consumer_key: 'dpf43f3p2l4k3l03',
      oauth_token: 'nnch734d00sl2jdk',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '137131202',
      oauth_nonce: 'chapoH',
    })
    const baseString = signatureBaseString(
      'GET',
      'http://photos.example.net/photos',
      encodedParameterString([...queryParameters('file=vacation.jpg&size=original'), ...parameters]),
    )
    const key = new HmacKey(Buffer.from('kd94hf93k423kf44&pfkkdhi9sl3r4s00'))
    expect(isSignature('MdpQcU8iPSUjWoN/UDMsK2sui9I=', 'HMAC-SHA1', key, baseString)).toBe(true)
  })

  it('match: the photo of OAuth Core 1.0, appendix A.5', () => {
    const parameters = parametersOf({
      oauth_consumer_key: 'dpf43f3p2l4k3l03',
      oauth_token: 'nnch734d00sl2jdk',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1191242096',
      oauth_nonce: 'kllo9940pd9333jh',
      oauth_version: '1.0',
    })
    const baseString = signatureBaseString(
      'GET',
      'http://photos.example.net/photos',
      encodedParameterString([...parameters, ...queryParameters('file=vacation.jpg&size=original')]),
    )
    const key = new HmacKey(Buffer.from('kd94hf93k423kf44&pfkkdhi9sl3r4s00'))
    expect(isSignature('tR3+Ty81lMeYAr/Fid0kMTYa/WM=', 'HMAC-SHA1', key, baseString)).toBe(true)
  })

  it('match: the status update of the Twitter API, with query and form-encoded body', () => {
    const parameters = parametersOf({
      oauth_consumer_key: 'xvz1evFS4wEEPTGEFPHBog',
      oauth_nonce: 'kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg',
      oauth_signature_method: 'HMAC-SHA1',
      oauth_timestamp: '1318622958',
      oauth_token: '370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb',
      oauth_version: '1.0',
    })
    const body = Buffer.from('status=Hello+Ladies+%2b+Gentlemen%2c+a+signed+OAuth+request%21')
    const form = encodedFormParameters([...parameters, ...queryParameters('include_entities=true')], body)
    const start = signatureBaseString('POST', 'https://api.twitter.com/1.1/statuses/update.json', '')
    const key = new HmacKey(
      Buffer.from('kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw&LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE'),
    )
    expect(isSignature('hCtSmYh+iHYCEqBWrE7C7hYmtUk=', 'HMAC-SHA1', key, start, form)).toBe(true)
  })
})
