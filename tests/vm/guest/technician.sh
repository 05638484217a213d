# What a technician does where the README says $EDITOR: called with the name of the settings file, in a box on
# the tree of the machine to be. What is enabled here starts when the machine boots.
set -eu

guest=/usr/src/pos-agent/tests/vm/guest

cp "$guest/agent.toml" "$1"
install -d -m 0700 /etc/credstore.encrypted
printf training | systemd-creds --quiet encrypt --name=cloud-password - \
    /etc/credstore.encrypted/pos-agent.cloud-password

install -d /opt/counter /srv/cloud
cp "$guest"/*.py /opt/counter/
cp "$guest"/*.service /etc/systemd/system/
systemctl --quiet enable counter-usb counter-cloud counter-paper@printer counter-paper@clone
# It notes every question of its client.
install -d /etc/systemd/system/qemu-guest-agent.service.d
printf '[Service]\nLogLevelMax=warning\n' > /etc/systemd/system/qemu-guest-agent.service.d/quiet.conf
# Nobody signs in, and what is done at night on a machine that stands for months is not done here.
systemctl --quiet mask getty@tty1 serial-getty@ttyS0 apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer \
    e2scrub_reap.service dpkg-db-backup.timer fstrim.timer systemd-timesyncd systemd-pstore

/usr/lib/pos-agent/bin/pos-agent catalogue import /usr/src/pos-agent/agent/simulated/catalogue/demo.csv
