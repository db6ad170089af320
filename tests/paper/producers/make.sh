#!/bin/sh
# Makes the PDFs of this folder anew from the sources beside them, with the programs that README.md names.  The results
# differ from run to run in their identifiers and the tags of their fonts alone.
set -eu
cd "$(dirname "$0")"
out=$(mktemp -d)
export SOURCE_DATE_EPOCH=1700000000 FORCE_SOURCE_DATE=1
for name in invoice letter form; do
  pdflatex -interaction=batchmode -output-directory="$out" "$name.tex"
  pdflatex -interaction=batchmode -output-directory="$out" "$name.tex"
done
for run in 1 2; do xelatex -interaction=batchmode -output-directory="$out" statement.tex; done
home="-env:UserInstallation=file://$out/profile"
tagged='{"UseTaggedPDF":{"type":"boolean","value":"true"},"ExportFormFields":{"type":"boolean","value":"true"},"ExportBookmarks":{"type":"boolean","value":"true"}}'
soffice "$home" --headless --convert-to "pdf:writer_pdf_Export:$tagged" --outdir "$out" membership.fodt
soffice "$home" --headless --convert-to pdf:calc_pdf_Export --outdir "$out" payroll.fods
cp "$out"/*.pdf .
rm -r "$out"
