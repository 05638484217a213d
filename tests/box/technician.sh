# What a technician does where the README says $EDITOR: called with the name of the settings file, while the
# product is installed and not yet started. Also plugs in the devices and starts the cloud of the box.
set -eu

pos_agent=/usr/lib/pos-agent/bin/pos-agent
source=/usr/src/pos-agent

cp "$source/tests/box/agent.toml" "$1"
install -d -m 0700 /etc/credstore.encrypted
printf training | systemd-creds --quiet encrypt --name=cloud-password - \
    /etc/credstore.encrypted/pos-agent.cloud-password

# A pseudo terminal causes no event that the udev rules could act on.
chgrp pos-agent /dev/ttyScan0
chmod 0660 /dev/ttyScan0

systemd-run --quiet --unit=cloud "$pos_agent" simulate cloud --port 8766 --ledger /srv/cloud/ledger
systemd-run --quiet --unit=printer "$pos_agent" simulate printer --port 9100 --dir /srv/tickets
useradd --groups pos-agent technician

# Before the first start, so nothing belongs to the till yet.
"$pos_agent" catalogue import "$source/agent/simulated/catalogue/demo.csv"
