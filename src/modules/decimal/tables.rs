//! The operations that `Decimal` and `Context` both have as methods, each once: `$form` is the macro that makes methods of
//! the rows, which `$more` follow.

macro_rules! unary_operations {
    ($form:ident $($more:tt)*) => {
        $form! {
            "exp" algo::exp;
            "ln" algo::ln;
            "log10" algo::log10;
            "next_minus" algo::next_minus;
            "next_plus" algo::next_plus;
            "normalize" algo::reduce;
            "sqrt" algo::sqrt;
            "logb" algo::logb;
            "logical_invert" algo::logical_invert;
            $($more)*
        }
    };
}

macro_rules! binary_operations {
    ($form:ident $($more:tt)*) => {
        $form! {
            "compare" algo::compare;
            "compare_signal" algo::compare_signal;
            "max" algo::max;
            "max_mag" algo::max_mag;
            "min" algo::min;
            "min_mag" algo::min_mag;
            "next_toward" algo::next_toward;
            "remainder_near" algo::rem_near;
            "logical_and" |x, y, c, st| algo::logical(x, y, |p, q| p & q, c, st);
            "logical_or" |x, y, c, st| algo::logical(x, y, |p, q| p | q, c, st);
            "logical_xor" |x, y, c, st| algo::logical(x, y, |p, q| p ^ q, c, st);
            "rotate" algo::rotate;
            "scaleb" algo::scaleb;
            "shift" algo::shift;
            $($more)*
        }
    };
}

macro_rules! question_operations {
    ($form:ident $($more:tt)*) => {
        $form! {
            "is_finite" Dec::is_finite;
            "is_infinite" Dec::is_inf;
            "is_nan" Dec::is_nan;
            "is_qnan" Dec::is_qnan;
            "is_snan" Dec::is_snan;
            "is_signed" |d| d.neg;
            "is_zero" Dec::is_zero;
            $($more)*
        }
    };
}

pub(super) use {binary_operations, question_operations, unary_operations};
