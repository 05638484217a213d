"""Receipt printers: documents become ESC/POS bytes, bytes reach a port, answers become proof."""
