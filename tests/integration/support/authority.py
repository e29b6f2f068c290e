"""A certificate authority of a test's own, made on the spot.

    authority = Authority(tmp_path, "ca")
    certificate, key = authority.issue("guard", names=["guard.example"])
    authority.revoke("client")                     # in the list that authority.write_list() writes
    authority.path, authority.list_path            # PEM: the authority, its list of revoked certificates
"""

import datetime
import ipaddress

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)


def now():
    return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)


def alternative(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def write_list(path, name, key, serials, lasts):
    builder = (x509.CertificateRevocationListBuilder().issuer_name(name)
               .last_update(now() - 9 * DAY).next_update(now() + lasts))
    for serial in serials:
        builder = builder.add_revoked_certificate(
            x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now() - 9 * DAY).build())
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def list_of_revoked(path, certificate, key, revoked, lasts=30 * DAY):
    """The list of an authority that somebody else has made; all are PEM files."""
    authority = x509.load_pem_x509_certificate(certificate.read_bytes())
    write_list(path, authority.subject, serialization.load_pem_private_key(key.read_bytes(), None),
               [x509.load_pem_x509_certificate(one.read_bytes()).serial_number for one in revoked], lasts)


class Authority:
    def __init__(self, folder, name, parent=None):
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.serials = {}
        self.revoked = []
        self.path = folder / f"{name}.pem"
        self.list_path = folder / f"{name}.crl.pem"
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = (parent or self).sign(self.name, self.key, [], 30 * DAY, is_authority=True)
        self.path.write_bytes(self.pem())
        self.write_list()

    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def sign(self, subject, key, names, lasts, is_authority=False):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name)
                   .public_key(key.public_key()).serial_number(x509.random_serial_number())
                   .not_valid_before(now() - 10 * DAY).not_valid_after(now() + lasts)
                   .add_extension(x509.BasicConstraints(is_authority, None), critical=is_authority))
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName([alternative(name) for name in names]), False)
        return builder.sign(self.key, hashes.SHA256())

    def issue(self, stem, names=(), lasts=30 * DAY, chain=(), common_name=None):
        """(certificate file, key file); `chain`: authorities whose certificates follow the leaf."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or stem)])
        certificate = self.sign(subject, key, names, lasts)
        self.serials[stem] = certificate.serial_number
        paths = self.folder / f"{stem}-cert.pem", self.folder / f"{stem}-key.pem"
        paths[0].write_bytes(b"".join([certificate.public_bytes(serialization.Encoding.PEM),
                                       *(one.pem() for one in chain)]))
        paths[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                               serialization.NoEncryption()))
        return paths

    def revoke(self, stem):
        self.revoked.append(self.serials[stem])
        self.write_list()

    def write_list(self, lasts=30 * DAY):
        write_list(self.list_path, self.name, self.key, self.revoked, lasts)
        return self.list_path
