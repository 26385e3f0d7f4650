export { type RequestToSign, signatureFields } from './request-to-sign.ts'
export { signRequest } from './sign-request.ts'
export { accountKeyOf, type SigningKey, signingKeyOf, signingWork } from './signing-key.ts'
