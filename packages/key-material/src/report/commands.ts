/** Commands for reports: users run them with OpenSSL 1.1 or 3, or keytool. */

/** Key and certificate from PEM files into a PKCS#12 file. */
export const exportFromPem = 'openssl pkcs12 -export -inkey key.pem -in certificate.pem -name client -out client.p12'

export const exportWithChain =
  'openssl pkcs12 -export -inkey key.pem -in certificate.pem -certfile chain.pem -name client -out client.p12'

/** A key that every CA accepts, and the request to send to it. */
export const newKeyAndRequest =
  'openssl ecparam -name prime256v1 -genkey -noout -out key.pem\nopenssl req -new -key key.pem -subj "/CN=client" -out client.csr'

/** A request for the same key that asks for the extended key usage. */
export const requestForClientAuth =
  'openssl req -new -key key.pem -subj "/CN=client" -addext extendedKeyUsage=clientAuth -addext keyUsage=critical,digitalSignature -out client.csr'

export const renewalRequest =
  'openssl pkcs12 -in client.p12 -nocerts -nodes -out key.pem\nopenssl req -new -key key.pem -subj "/CN=client" -out client.csr'

export const tryPassword = 'openssl pkcs12 -in client.p12 -noout'

/** Shows whether OpenSSL can read them; asks for the passphrase. */
export const checkKey = 'openssl pkey -in key.pem -noout'
export const checkCertificate = 'openssl x509 -in certificate.pem -noout -text'

export const encryptKeyAgain = 'openssl pkcs8 -topk8 -in key.pem -out new-key.pem'

export const compareFiles = 'openssl dgst -sha256 client.p12'

export const compareKeys =
  'openssl pkey -in key.pem -pubout | openssl dgst -sha256\nopenssl x509 -in certificate.pem -noout -pubkey | openssl dgst -sha256'

/** Whether a certificate was issued for a request. */
export const compareRequest =
  'openssl req -in client.csr -noout -pubkey | openssl dgst -sha256\nopenssl x509 -in certificate.pem -noout -pubkey | openssl dgst -sha256'

export const keepOneEntry =
  'keytool -importkeystore -srckeystore client.p12 -srcalias ALIAS -destkeystore client-new.p12 -deststoretype PKCS12'

/** Copies everything from a PKCS#12 file to a new one, with the protection of a current OpenSSL. */
export function exportAgain(options: { readonly legacy?: boolean } = {}): string {
  const legacy = options.legacy ? '-legacy ' : ''
  return [
    `openssl pkcs12 ${legacy}-in client.p12 -nodes -out client.pem`,
    'openssl pkcs12 -export -in client.pem -name client -out client-new.p12',
    'rm client.pem',
  ].join('\n')
}
