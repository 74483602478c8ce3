#!/bin/sh
# Stands in for a C compiler: what would take a second is a copy of what the real one made before.
# Each compilation is a line in the cell's list, so that double builds are counted where they happen.
real='@REAL@'
prebuilt='@PREBUILT@'
previous= shared= output= depfile= source=
for argument in "$@"; do
    case $previous in
        -o) output=$argument ;;
        -MF) depfile=$argument ;;
    esac
    case $argument in
        -shared) shared=yes ;;
        *.c) source=$argument ;;
    esac
    previous=$argument
done
[ -n "$shared" ] || exec "$real" "$@"
# The first line of the C file is a comment that names the module.
read -r mark word name rest < "$source" || exit 1
cell=${TMPDIR%/cache/v1/stage/*}
if [ -e "$cell/hang" ]; then
    sleep 600 &
    echo "compile $name $$ $PPID $!" >> "$cell/compiles"
    wait
    exit 1
fi
echo "compile $name $$ $PPID" >> "$cell/compiles"
cp "$prebuilt/$name.so" "$output" || exit 1
echo "$output: $source" > "$depfile" || exit 1
